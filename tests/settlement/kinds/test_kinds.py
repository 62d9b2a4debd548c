"""Every kind of business goes its whole way, each party paying their own part."""

from datetime import timedelta
from typing import Any

import pytest

from api.wiring import House
from foundation import clock
from foundation.errors import BadInput
from settlement.allocation.following import follow_bill
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.reading import BillView, read_bill
from settlement.kinds import business_kind, business_kinds
from settlement.payments.queries import query_bill
from tests.played import CLERK, Played, paid

BUYER = {"side": "transferee", "name": "王晓明", "identity": "341502190001010016", "identity_kind": "resident_id"}
SELLER = {"side": "transferor", "name": "李国强", "identity": "341502190002020021", "identity_kind": "resident_id"}
BANK = {"side": "mortgagee", "name": "示例银行", "identity": "91110000MA0000000H", "identity_kind": "credit_code"}
_HOME = {"use": "residential", "area_m2": "120", "land": "granted"}
_PRICE = {"amount_fen": 150_000_000, "includes_vat": True}


def _sale(**more: Any) -> dict[str, Any]:
    return {
        "property": _HOME,
        "price": _PRICE,
        "transferor": {"kind": "individual", "acquired_on": "2018-03-01", "only_home": True},
        "transferee": {"kind": "individual", "homes_owned": 0},
        **more,
    }


_LOAN = {"loan_fen": 90_000_000, "collaterals": 1, "same_parcel": True}

CASES: dict[str, tuple[str, dict[str, Any], list[dict[str, str]], dict[str, int]]] = {
    "transfer": ("341502", _sale(transfer="sale"), [BUYER, SELLER], {"transferee": 1_508_000}),
    "existing_home": ("341502", _sale(), [BUYER, SELLER], {"transferee": 1_508_000}),
    "new_home": (
        "341502",
        _sale(price={"amount_fen": 150_000_000, "includes_vat": False}, transferor={}),
        [BUYER, {**BANK, "side": "transferor", "name": "示例置业有限公司"}],
        {"transferee": 1_508_000, "transferor": 75_000},
    ),
    "transfer_with_mortgage": (
        "341502",
        _sale(transfer="sale", mortgage=_LOAN),
        [BUYER, SELLER, BANK],
        {"transferee": 1_508_000, "mortgagee": 8_000},
    ),
    "inheritance": ("341502", _sale(transfer="legal_inheritance"), [BUYER], {"transferee": 45_500}),
    "mortgage": ("341502", {"property": _HOME, "mortgage": _LOAN}, [BANK], {"mortgagee": 8_000}),
    "fees": (
        "341502",
        {"registration": "first", "property": {"use": "commercial"}, "certificates": 3},
        [{**BUYER, "side": "owner"}],
        {"owner": 57_000},
    ),
    "land_premium": (
        "341502",
        {"property": {"use": "commercial", "land": "allocated"}, "land_premium_fen": 4_000_000},
        [{**BUYER, "side": "owner"}],
        {"owner": 4_000_000},
    ),
    "sea_area": (
        "330206",
        {"sea_area_fee_fen": 12_345_678},
        [{**BUYER, "side": "owner"}],
        {"owner": 12_345_678 + 55_000},
    ),
    "forest": ("341502", {"certificates": 1}, [{**BUYER, "side": "applicant"}], {}),
}


def case_of(kind: str) -> dict[str, Any]:
    region, facts, parties, _ = CASES[kind]
    day = "contract_date" if business_kind(kind).contract else "declaration_date"
    return {
        "kind": kind,
        "case_number": f"LA-{kind.replace('_', '-')}-1",
        "unit_code": f"{region}001001GB00012F00030602",
        "transaction": {"region": region, "location": "urban", day: clock.today().isoformat(), **facts},
        "parties": parties,
    }


async def taken_in(house: House, kind: str) -> BillView:
    return await read_bill(house.office, await draft_bill(house.office, parse_case(case_of(kind)), CLERK))


def test_every_kind_is_tried() -> None:
    assert set(CASES) == set(business_kinds())


@pytest.mark.parametrize("kind", CASES)
async def test_a_bill_of_each_kind_is_paid_and_cleared(house: House, played: Played, kind: str) -> None:
    morning = clock.local_now().replace(hour=10)
    played.set_clocks(morning)
    view = await taken_in(house, kind)
    owed = CASES[kind][3]
    assert {one.payer: one.amount_fen for one in view.shares} == owed
    await confirm_bill(house.office, view.id, CLERK)
    for payer in owed:
        await paid(house, played, view.id, payer)
        await query_bill(house.office, view.id)
    played.set_clocks(morning + timedelta(hours=2))
    for second in range(20):
        if await follow_bill(house.office, view.id):
            break
        played.set_clocks(morning + timedelta(hours=2, seconds=second + 1))
    done = await read_bill(house.office, view.id)
    assert done.state in ("settled", "cleared")
    assert sum(one.amount_fen for one in done.pieces if one.state == "arrived") == sum(owed.values())


async def test_nobody_else_pays_the_mortgagees_fee(house: House) -> None:
    case = case_of("transfer_with_mortgage") | {"split": {"choice": "all_by_transferee"}}
    view = await read_bill(house.office, await draft_bill(house.office, parse_case(case), CLERK))
    assert {one.payer: one.amount_fen for one in view.shares} == {"transferee": 1_508_000, "mortgagee": 8_000}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "lease"}, "kind"),
        ({"parties": [BUYER, SELLER]}, "parties"),
        ({"parties": [BUYER, SELLER, {**BANK, "side": "owner"}]}, "parties"),
        ({"transaction": {"region": "341502", "registration": "first"}}, "transaction.registration"),
        ({"transaction": {"region": "341502", "transfer": "sale"}}, "transaction.mortgage"),
    ],
)
async def test_what_does_not_fit_a_kind_is_named(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_case(case_of("transfer_with_mortgage") | changed)
    assert refused.value.field == field


async def test_a_kind_of_which_the_region_collects_nothing_is_refused(house: House) -> None:
    case = case_of("sea_area")
    case["transaction"]["region"] = "341502"
    with pytest.raises(BadInput) as refused:
        await draft_bill(house.office, parse_case(case), CLERK)
    assert refused.value.field == "kind"


async def test_whoever_owes_a_line_must_be_named(house: House) -> None:
    case = case_of("fees") | {"parties": [{**BUYER, "side": "applicant"}]}
    with pytest.raises(BadInput) as refused:
        await draft_bill(house.office, parse_case(case), CLERK)
    assert refused.value.field == "parties"
    assert "owner" in str(refused.value)
