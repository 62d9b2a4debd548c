"""The engine and the naive implementation agree to the fen, over drawn transactions and over a grid of boundaries."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settlement.assessment import RuleSet, Transaction
from tests.settlement.assessment.conftest import HOME, changed
from tests.settlement.assessment.naive_seller import owed

REGIONS = ("341502", "360102", "110105", "310104", "440304", "430102")
TURNING_DAYS = [
    "2008-11-01", "2010-10-01", "2016-02-22", "2016-05-01", "2016-12-06", "2019-01-01", "2019-07-01", "2020-07-15",
    "2021-01-22", "2021-09-01", "2022-01-01", "2022-07-01", "2023-01-01", "2023-10-01", "2024-09-30", "2024-10-01",
    "2024-12-01", "2026-01-01", "2028-01-01",
]  # fmt: skip
AREAS = ("0.5", "89.99", "90", "90.01", "139.99", "140", "140.01", "400")

around_a_turn = st.builds(
    lambda day, days: date.fromisoformat(day) + timedelta(days=days),
    st.sampled_from(TURNING_DAYS),
    st.sampled_from((-1, 0, 1)),
)
days = st.one_of(around_a_turn, st.dates(date(2000, 1, 1), date(2030, 12, 31)))
fen = st.one_of(st.integers(0, 10**4), st.integers(0, 10**9), st.integers(0, 10**13))
rates = st.integers(0, 10_000).map(lambda parts: f"0.{parts:05d}"[:7])


def held_back(signed: date, months: int, extra: int) -> str:
    year, month = divmod(signed.year * 12 + signed.month - 1 - months, 12)
    return (date(year, month + 1, min(signed.day, 28)) + timedelta(days=extra)).isoformat()


@st.composite
def transfers(draw: st.DrawFn) -> dict[str, Any]:
    """A transfer with every fact known that the rules ask for."""
    signed = draw(days)
    declared = signed + timedelta(days=draw(st.sampled_from((0, 0, 0, 1, 40, 800))))
    kind = draw(st.sampled_from(("sale", "sale", "sale", "new_home_sale", "gift", "legal_inheritance", "bequest",
                                 "divorce_division", "spouse_change", "affordable_first_purchase")))  # fmt: skip
    use = draw(st.sampled_from(("residential", "residential", "commercial", "office", "parking", "storage")))
    priced = kind in ("sale", "new_home_sale", "affordable_first_purchase")
    giver: dict[str, Any] = {
        "kind": draw(st.sampled_from(("individual", "individual", "individual", "company", "developer"))),
        "small_enterprise": draw(st.booleans()),
        "only_home": draw(st.booleans()),
        "acquired_on": held_back(
            signed, draw(st.sampled_from((1, 6, 18, 23, 24, 30, 59, 60, 66, 67, 126))), draw(st.integers(-2, 2))
        ),
    }
    if draw(st.booleans()):
        giver |= {"original_price_fen": draw(fen), "original_deed_tax_fen": draw(st.integers(0, 10**7))}
        giver |= {"fitout_cost_fen": draw(st.integers(0, 10**9)), "loan_interest_fen": draw(st.integers(0, 10**8))}
    if priced and draw(st.integers(0, 5)) == 0:
        giver["acquired_by"] = draw(st.sampled_from(("gift", "gift_lineal")))
        giver["donor"] = {"acquired_on": held_back(signed, draw(st.integers(1, 200)), 0), "cost_fen": draw(fen)}
    if draw(st.integers(0, 4)) == 0:
        giver["land_vat_deduction_fen"] = draw(st.integers(1, 10**9))
    includes_vat = draw(st.booleans())
    price: dict[str, Any] = {"assessed_fen": draw(fen)}
    if priced:
        price = {"amount_fen": draw(fen), "includes_vat": includes_vat, "fitout_fen": draw(st.integers(0, 10**8))}
        price |= {"vat_stated_separately": draw(st.booleans()), "vat_rate": draw(st.sampled_from(("0.05", "0.09")))}
    transfer: dict[str, Any] = {
        "region": draw(st.sampled_from(REGIONS)),
        "location": draw(st.sampled_from(("urban", "town", "rural"))),
        "contract_date": signed.isoformat(),
        "declaration_date": declared.isoformat(),
        "registration": "transfer",
        "transfer": kind,
        "property": {
            "use": use,
            "area_m2": draw(st.sampled_from(AREAS)),
            "land": draw(st.sampled_from(("granted", "granted", "allocated", "allocated_to_granted"))),
            "ordinary": draw(st.booleans()),
        },
        "price": price,
        "transferor": giver,
        "transferee": {
            "kind": draw(st.sampled_from(("individual", "individual", "company"))),
            "small_enterprise": draw(st.booleans()),
            "homes_owned": draw(st.integers(0, 3)),
            "relation_to_transferor": draw(st.sampled_from(("lineal", "spouse", "sibling", "dependant", "none"))),
        },
        "certificates": draw(st.integers(1, 4)),
    }
    if use == "residential" and draw(st.integers(0, 4)) == 0:
        transfer["property"]["housing_kind"] = "public_sale"
    fixed = draw(st.sets(st.sampled_from(("income_tax_assessed_rate", "land_vat_assessed_rate", "land_premium_rate"))))
    transfer["parameters"] = {name: draw(rates) for name in sorted(fixed)}
    if draw(st.integers(0, 4)) == 0:
        transfer["land_premium_fen"] = draw(st.integers(0, 10**9))
    bought = kind in ("sale", "new_home_sale") and use == "residential" and transfer["property"]["land"] == "granted"
    if bought and draw(st.integers(0, 5)) == 0:
        transfer["expropriation_compensation_fen"] = draw(fen)
    return transfer


def assert_agrees(rules: RuleSet, transfer: Mapping[str, Any]) -> None:
    """Every amount is the same; what the naive one leaves open is open, or all it could be is one amount."""
    assessment = rules.assess(Transaction.parse(transfer))
    lines: dict[tuple[str, str], int] = {}
    for line in assessment.lines:
        lines[line.item, line.payer] = lines.get((line.item, line.payer), 0) + line.amount_fen
    still_open = {(line.item, line.payer) for line in assessment.open}
    expected = owed(transfer)
    assert set(expected) == set(lines) | still_open
    for key, amount in expected.items():
        if amount is not None:
            assert lines.get(key) == amount, key


@given(transfers())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_drawn_transfers(rules: RuleSet, transfer: dict[str, Any]) -> None:
    assert_agrees(rules, transfer)


@pytest.mark.parametrize("region", REGIONS)
def test_homes_on_a_grid_of_boundaries(rules: RuleSet, region: str) -> None:
    for turn, shift, area, owned in product(TURNING_DAYS, (-1, 0), AREAS[1:7], (0, 1, 2)):
        day = (date.fromisoformat(turn) + timedelta(days=shift)).isoformat()
        assert_agrees(
            rules,
            changed(
                HOME,
                {
                    "region": region,
                    "contract_date": day,
                    "declaration_date": day,
                    "property.area_m2": area,
                    "property.ordinary": True,
                    "transferee.homes_owned": owned,
                    "transferor.acquired_on": "2000-02-29",
                    "price.amount_fen": 123_456_789,
                },
            ),
        )


@pytest.mark.parametrize("months", [23, 24, 25, 59, 60, 61])
def test_holding_periods_to_the_day(rules: RuleSet, months: int) -> None:
    for signed, extra in product((date(2024, 2, 29), date(2025, 6, 30), date(2026, 3, 31)), (-1, 0, 1)):
        for only_home in (True, False):
            home = changed(
                HOME,
                {
                    "contract_date": signed.isoformat(),
                    "declaration_date": signed.isoformat(),
                    "transferor.acquired_on": held_back(signed, months, extra),
                    "transferor.only_home": only_home,
                    "property.ordinary": True,
                    "parameters.income_tax_assessed_rate": "0.01",
                },
            )
            assert_agrees(rules, home)
