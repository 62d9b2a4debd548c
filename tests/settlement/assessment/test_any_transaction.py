"""Whatever passes the door is assessed: never an exception of Python's, never a line without reason or documents."""

from datetime import date
from typing import Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settlement.assessment import RuleSet, Transaction
from settlement.assessment import transaction as door

fen = st.one_of(st.integers(0, 1000), st.integers(0, door.MONEY_LIMIT_FEN - 1))
days = st.dates(date(1997, 10, 1), date(2040, 1, 1)).map(date.isoformat)
flags = st.booleans()
areas = st.decimals("0.0001", "99999999", places=4).map(str)
ratios = st.decimals("0", "1", places=4).map(str)


def words(literal: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(get_args(literal))


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


party = {"kind": words(door.PartyKind), "small_enterprise": flags}
transactions = st.fixed_dictionaries(
    {
        "region": st.sampled_from(("341502", "341525", "110105", "110111", "310104", "440304", "430102", "411302")),
        "registration": words(door.Registration),
        "transfer": words(door.Transfer),
        "contract_date": days,
    },
    optional={
        "location": st.sampled_from(("urban", "town", "rural")),
        "registration_reason": st.sampled_from(("name", "holders_error")),
        "certificates": st.integers(1, 1000),
        "property": some(
            use=words(door.Use),
            area_m2=areas,
            housing_kind=words(door.HousingKind),
            land=st.sampled_from(("granted", "allocated", "allocated_to_granted")),
            ordinary=flags,
            separately_certified=flags,
        ),
        "price": some(
            amount_fen=fen,
            includes_vat=flags,
            vat_stated_separately=flags,
            vat_fen=fen,
            vat_rate=ratios,
            assessed_fen=fen,
            fitout_fen=fen,
        ),
        "transferor": some(
            **party,
            acquired_on=days,
            title_issued_on=days,
            deed_tax_paid_on=days,
            acquired_by=st.sampled_from(("gift", "gift_lineal")),
            donor=some(acquired_on=days, cost_fen=fen),
            only_home=flags,
            original_contract_date=days,
            original_price_fen=fen,
            fitout_cost_fen=fen,
            land_vat_deduction_fen=fen,
        ),
        "transferee": some(
            **party,
            homes_owned=st.integers(0, 1000),
            relation_to_transferor=st.sampled_from(("lineal", "spouse", "sibling", "dependant", "none")),
        ),
        "attachments": st.lists(
            st.fixed_dictionaries({"use": words(door.Use), "price_fen": fen, "separate_unit": flags}), max_size=2
        ),
        "exchange": some(transferor_property_fen=fen, transferee_property_fen=fen),
        "mortgage": some(loan_fen=fen, collaterals=st.integers(1, 1000), same_parcel=flags, borrower=some(**party)),
        "expropriation_compensation_fen": fen,
        "land_premium_fen": fen,
        "land_market_value_fen": fen,
        "land_allocated_value_fen": fen,
        "parameters": some(
            income_tax_assessed_rate=ratios,
            land_vat_assessed_rate=ratios,
            land_premium_rate=ratios,
            land_premium_rounding=st.sampled_from(("fen", "yuan")),
        ),
    },
)


@given(transactions)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_it_is_assessed(rules: RuleSet, mapping: dict[str, Any]) -> None:
    assessment = rules.assess(Transaction.parse(mapping))
    for line in assessment.lines:
        assert line.amount_fen >= 0
        assert line.references
        assert line.explanation.zh.count("（") >= 1
        assert "{" not in line.explanation.zh + line.explanation.en
    for still_open in assessment.open:
        assert 0 <= still_open.min_fen < still_open.max_fen
