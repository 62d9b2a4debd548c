"""From the draft to the code: what the institutions say decides."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from api.wiring import House
from foundation.errors import BadInput, Conflict
from foundation.states import WrongState
from ledger import balances
from settlement.allocation.tables import allocation_line
from settlement.assessment import rules_in_force
from settlement.bills.confirmation import TaxDiffers, confirm_bill
from settlement.bills.drafting import CaseHasBill, QuestionOpen, choose_split, draft_bill
from settlement.bills.intake import parse_case, parse_split
from settlement.bills.listing import find_bill, list_bills
from settlement.bills.reading import read_bill
from settlement.bills.tables import bill, party
from settlement.bills.withdrawal import withdraw_bill
from tests.played import CLERK, Played, confirmed, home_case, paid, recompute, shop_case, started


async def test_a_confirmed_bill_has_vouchers_a_pay_code_and_one_code(house: House) -> None:
    view = await confirmed(house, home_case())
    assert (view.state, view.amount_fen) == ("confirmed", 1_508_000)
    assert view.code is not None
    assert view.code.state == "live"
    assert view.code.address.endswith(f"/p/{view.code.token}")
    assert {(piece.leg, piece.state) for piece in view.pieces} == {("tax", "due"), ("non_tax", "due")}
    assert [len(piece.voucher_no or "") for piece in view.pieces if piece.leg == "non_tax"] == [20]


async def test_the_ledger_says_what_is_due(house: House) -> None:
    await confirmed(house, shop_case())
    async with house.office.database.connect() as db:
        book = {one.code: one.balance for one in await balances(db, "341502:")}
    due = {code: fen for code, fen in book.items() if ":due_" in code}
    assert book["341502:receivable"] == sum(due.values()) > 0
    assert len(due) == 4  # deed tax, stamp tax, land premium, registration fee


async def test_all_four_items_of_the_shop_are_due_from_both_sides(house: House) -> None:
    view = await confirmed(house, shop_case())
    above_zero = {(line.item, line.payer) for line in view.lines if line.amount_fen}
    assert {item for item, _ in above_zero} == {"deed_tax", "stamp_tax", "land_premium", "registration_fee"}
    assert {share.payer for share in view.shares} == {"transferee", "transferor"}


async def test_a_bill_can_be_worked_out_again_from_what_is_stored(house: House) -> None:
    view = await confirmed(house, shop_case())
    again = recompute(rules_in_force(), view.transaction, house.office.region(view.region))
    assert again == [(line.item, line.payer, line.amount_fen) for line in view.lines]
    assert view.rule_set == rules_in_force().hash


async def test_another_amount_of_the_tax_office_stops_the_bill(house: House, played: Played) -> None:
    case = home_case()
    fault = {"kind": "tax_amount", "case_number": case["case_number"], "item": "deed_tax", "amount_fen": 1_500_001}
    played.control("faults", fault)
    with pytest.raises(TaxDiffers, match=r"15,000\.00.*15,000\.01"):
        await confirmed(house, case)
    view = await read_bill(house.office, await find_bill(house.office, "341502", case["case_number"]))
    assert view.state == "stopped"
    assert view.stopped_by is not None
    assert view.stopped_by["differences"] == [
        {"item": "deed_tax", "payer": "transferee", "ours_fen": 1_500_000, "theirs_fen": 1_500_001}
    ]
    assert view.code is None


async def test_personal_data_is_sealed_at_rest_and_masked_on_the_way_out(house: House) -> None:
    view = await confirmed(house, home_case())
    async with house.office.database.connect() as db:
        rows = (await db.execute(select(party))).all()
        stored = await db.scalar(text("SELECT string_agg(bill::text, '') FROM bill"))
    assert all(b"341502190001010016" not in bytes(row.identity_sealed) for row in rows)
    assert "190001010016" not in stored
    assert next((one.name, one.identity) for one in view.parties) == ("王**", "3415**********0016")


async def test_shares_can_be_chosen_until_confirmation(house: House) -> None:
    bill_id = await draft_bill(house.office, parse_case(shop_case()), CLERK)
    await choose_split(house.office, bill_id, parse_split({"choice": "all_by_transferor"}))
    view = await read_bill(house.office, bill_id)
    assert [(share.payer, share.amount_fen) for share in view.shares] == [("transferor", view.amount_fen)]
    await confirm_bill(house.office, bill_id, CLERK)
    with pytest.raises(Conflict, match="before it is confirmed"):
        await choose_split(house.office, bill_id, parse_split({"choice": "each_own"}))
    with pytest.raises(WrongState):
        await confirm_bill(house.office, bill_id, CLERK)


async def test_one_bill_a_case_until_it_is_withdrawn(house: House) -> None:
    view = await confirmed(house, home_case())
    with pytest.raises(CaseHasBill, match=view.case_number):
        await draft_bill(house.office, parse_case(home_case()), CLERK)
    await withdraw_bill(house.office, view.id, CLERK, "price was wrong")
    after = await read_bill(house.office, view.id)
    assert (after.state, after.code.state if after.code else None) == ("withdrawn", "cancelled")
    async with house.office.database.connect() as db:
        assert {one.balance for one in await balances(db, "341502:")} == {0}
    again = await confirmed(house, home_case())
    assert [row.state for row in await list_bills(house.office, "341502")] == ["confirmed", "withdrawn"]
    assert again.number != view.number


async def test_a_bill_is_not_withdrawn_while_someone_may_be_paying(house: House) -> None:
    view = await confirmed(house, home_case())
    await started(house, view, "transferee")
    with pytest.raises(Conflict, match="A payment may be under way"):
        await withdraw_bill(house.office, view.id, CLERK, "changed our mind")


async def test_a_paid_bill_is_not_withdrawn(house: House, played: Played) -> None:
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    with pytest.raises(WrongState):
        await withdraw_bill(house.office, view.id, CLERK, "changed our mind")
    assert (await read_bill(house.office, view.id)).state == "paid"


async def test_the_database_refuses_sums_that_do_not_agree(house: House) -> None:
    view = await confirmed(house, shop_case())
    with pytest.raises(DBAPIError, match="do not agree"):
        async with house.office.database.begin() as db:
            await db.execute(bill.update().where(bill.c.id == view.id).values(amount_fen=view.amount_fen + 1))
    async with house.office.database.connect() as db:
        total = await db.scalar(select(func.sum(allocation_line.c.amount_fen)))
    assert total == view.amount_fen


def changed(**changes: Any) -> dict[str, Any]:
    case = home_case()
    transaction = {**case["transaction"], **{key: value for key, value in changes.items() if key in FACTS}}
    return {**case, "transaction": transaction, **{key: value for key, value in changes.items() if key not in FACTS}}


FACTS = {"region", "contract_date", "price", "property", "transferee"}
BUYER = home_case()["parties"][0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"case_number": "x"}, "case_number"),
        ({"unit_code": "341502"}, "unit_code"),
        ({"parties": [BUYER]}, "parties"),
        ({"parties": [{**BUYER, "identity": "341502190001010017"}]}, "parties[0].identity"),
        ({"parties": [{**BUYER, "side": "agent"}]}, "parties.0.side"),
        ({"price": {"amount_fen": -1}}, "transaction.price.amount_fen"),
        ({"price": {"amount_fen": 10**14}}, "transaction.price.amount_fen"),
        ({"property": {"use": "residential", "area_m2": "0", "land": "granted"}}, "transaction.property.area_m2"),
        ({"contract_date": "1890-01-01"}, "contract_date"),
        ({"surprise": 1}, "surprise"),
        ({"split": {"choice": "nobody"}}, "split.choice"),
    ],
)
async def test_bad_input_names_the_field_and_stores_nothing(changes: dict[str, Any], field: str, house: House) -> None:
    with pytest.raises(BadInput) as refused:
        await draft_bill(house.office, parse_case(changed(**changes)), CLERK)
    assert field.split(".")[-1] in refused.value.field
    assert await list_bills(house.office, "341502") == []


async def test_an_unknown_region_is_refused(house: House) -> None:
    with pytest.raises(Exception, match="999999"):
        await draft_bill(house.office, parse_case(changed(region="999999")), CLERK)


async def test_a_missing_fact_is_a_question_and_not_a_guess(house: House) -> None:
    with pytest.raises(QuestionOpen, match="deed_tax"):
        await draft_bill(house.office, parse_case(changed(transferee={"kind": "individual"})), CLERK)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*home_case(), "transaction.price", "transaction.transferee"]), JSON)
def test_whatever_comes_is_taken_or_is_bad_input(field: str, value: object) -> None:
    outer, _, inner = field.partition(".")
    case = home_case()
    content = {**case, outer: {**case[outer], inner: value} if inner else value}
    with contextlib.suppress(BadInput):
        parse_case(content)
