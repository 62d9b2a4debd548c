"""A price assessed after confirmation: the first bill stays, the difference is billed or proposed for refund."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from adapters.simulator.valuation import yuan_per_m2
from api.wiring import House
from foundation.errors import BadInput, Conflict, NotAllowed
from settlement.assessment import Explanation, Line, rules_in_force
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.later_assessment import LaterAssessment, assess_later, later_assessments
from settlement.bills.reading import BillView, read_bill
from settlement.bills.recomputing import recomputation
from settlement.bills.supplements import changes, summed, supplement_rows
from settlement.bills.withdrawal import withdraw_bill
from settlement.cases import office_case
from settlement.office import Actor
from settlement.payments.queries import query_bill
from tests.played import CLERK, Played, confirmed, home_case, paid, recompute, shop_case

OFFICER = Actor("zhao", "tax_officer")
ASSESSED_FEN = yuan_per_m2(home_case()["unit_code"]) * 120 * 100
LOW_FEN, HIGH_FEN = ASSESSED_FEN - 33_333_33, ASSESSED_FEN + 77_777_77


def valued(**changes: Any) -> dict[str, Any]:
    """A home sold far below its valuation."""
    case = home_case(**{"split": {"choice": "each_own"}, "price_basis": "valuation", **changes})
    price = {"amount_fen": 50_000_000, "includes_vat": False}
    return {**case, "transaction": {**case["transaction"], "price": price}}


async def confirmed_and_paid(house: House, played: Played, case: dict[str, Any]) -> BillView:
    view = await confirmed(house, case)
    return await paid_up(house, played, view.id)


async def paid_up(house: House, played: Played, bill_id: UUID) -> BillView:
    for share in (await read_bill(house.office, bill_id)).shares:
        await paid(house, played, bill_id, share.payer)
    await query_bill(house.office, bill_id)
    return await read_bill(house.office, bill_id)


async def later(house: House, bill_id: UUID, fen: int) -> LaterAssessment:
    return await assess_later(house.office, bill_id, fen, "核定通知书〔2026〕12号", OFFICER)


def due(house: House, view: BillView, fen: int) -> dict[tuple[str, str], int]:
    """Every item of the bill at a price, from the engine."""
    facts = {**view.transaction, "price": {**view.transaction["price"], "assessed_fen": fen}}
    return summed(recompute(rules_in_force(), facts, house.office.region(view.region)))


def of_lines(view: BillView) -> dict[tuple[str, str], int]:
    return summed((one.item, one.payer, one.amount_fen) for one in view.lines)


async def test_a_higher_price_makes_a_supplementary_bill_that_is_paid_like_any_other(
    house: House, played: Played
) -> None:
    view = await confirmed_and_paid(house, played, valued())
    found = await later(house, view.id, HIGH_FEN)
    rest = sum(due(house, view, HIGH_FEN).values()) - view.amount_fen
    assert (found.supplement_fen, found.refund_fen, found.refund_case_id) == (rest, 0, None)
    assert found.supplementary_bill_id is not None
    assert await read_bill(house.office, view.id) == view  # the first bill is what it was
    more = await read_bill(house.office, found.supplementary_bill_id)
    assert (more.state, more.amount_fen, more.rule_set) == ("drafted", rest, view.rule_set)
    assert more.case_number == f"{view.case_number}-S1"
    assert more.parties == view.parties
    assert {key: of_lines(view).get(key, 0) + fen for key, fen in of_lines(more).items()} == {
        key: due(house, view, HIGH_FEN)[key] for key in of_lines(more)
    }
    assert "补缴" in more.lines[0].explanation_zh
    assert (await recomputation(house.office, more.id)).same
    await confirm_bill(house.office, more.id, CLERK)
    assert (await paid_up(house, played, more.id)).state in ("paid", "settled", "cleared")
    assert (await recomputation(house.office, view.id)).same


async def test_a_lower_price_proposes_a_refund_line_by_line(house: House, played: Played) -> None:
    view = await confirmed_and_paid(house, played, valued())
    found = await later(house, view.id, LOW_FEN)
    back = view.amount_fen - sum(due(house, view, LOW_FEN).values())
    assert (found.refund_fen, found.supplement_fen, found.supplementary_bill_id) == (back, 0, None)
    async with house.office.database.connect() as db:
        case = (await db.execute(select(office_case).where(office_case.c.id == found.refund_case_id))).one()
    assert (case.kind, case.state, case.amount_fen, case.bill_id) == ("T-11", "open", back, view.id)
    assert sum(one["refund_fen"] for one in case.facts["lines"]) == back > 0
    for one in case.facts["lines"]:
        key = (one["item"], one["payer"])
        assert one["billed_fen"] == of_lines(view)[key]
        assert one["due_fen"] == due(house, view, LOW_FEN)[key] == one["billed_fen"] - one["refund_fen"]
    assert await read_bill(house.office, view.id) == view


async def test_prices_up_and_down_again_add_up_to_the_last_one(house: House, played: Played) -> None:
    view = await confirmed_and_paid(house, played, valued())
    up = await later(house, view.id, HIGH_FEN)
    assert up.supplementary_bill_id is not None
    with pytest.raises(Conflict, match="not paid yet"):
        await later(house, view.id, LOW_FEN)
    await confirm_bill(house.office, up.supplementary_bill_id, CLERK)
    await paid_up(house, played, up.supplementary_bill_id)
    down = await later(house, view.id, LOW_FEN)
    again = await later(house, view.id, HIGH_FEN)
    assert (down.refund_fen, again.billed_fen) == (up.due_fen - down.due_fen, down.due_fen)
    assert again.supplement_fen == down.refund_fen
    last = sum(due(house, view, HIGH_FEN).values())
    assert view.amount_fen + up.supplement_fen - down.refund_fen + again.supplement_fen == again.due_fen == last
    async with house.office.database.connect() as db:
        assert [one.ordinal for one in await later_assessments(db, view.id)] == [1, 2, 3]
    assert again.supplementary_bill_id is not None
    assert (await recomputation(house.office, again.supplementary_bill_id)).same
    with pytest.raises(Conflict, match="itself a supplement"):
        await later(house, again.supplementary_bill_id, HIGH_FEN)
    await withdraw_bill(house.office, again.supplementary_bill_id, CLERK, "a slip of the pen")
    assert (await later(house, view.id, HIGH_FEN)).supplement_fen == again.supplement_fen


async def test_a_price_below_the_contract_changes_nothing_of_a_sale_by_commitment(house: House, played: Played) -> None:
    view = await confirmed_and_paid(house, played, shop_case())
    found = await later(house, view.id, view.transaction["price"]["amount_fen"] - 1)
    assert (found.supplement_fen, found.refund_fen, found.due_fen) == (0, 0, view.amount_fen)
    more = await later(house, view.id, view.transaction["price"]["amount_fen"] + 10_000_01)
    assert more.supplementary_bill_id is not None
    rest = of_lines(await read_bill(house.office, more.supplementary_bill_id))
    assert rest.keys() == {("deed_tax", "transferee")}  # stamp tax and land premium go by the contract


async def test_who_may_assess_and_when(house: House) -> None:
    drafted = await draft_bill(house.office, parse_case(valued()), CLERK)
    with pytest.raises(Conflict, match="is drafted"):
        await later(house, drafted, HIGH_FEN)
    await confirm_bill(house.office, drafted, CLERK)
    with pytest.raises(NotAllowed):
        await assess_later(house.office, drafted, HIGH_FEN, "why", CLERK)
    with pytest.raises(BadInput, match="assessed_fen"):
        await later(house, drafted, 10**14)
    with pytest.raises(Conflict, match="withdraw it"):
        await later(house, drafted, LOW_FEN)
    for statement in ("UPDATE later_assessment SET due_fen = 0", "DELETE FROM later_assessment"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with house.office.database.begin() as db:
                await db.execute(text(statement))


async def test_a_bill_goes_after_its_supplement(house: House) -> None:
    view = await confirmed(house, valued())
    found = await later(house, view.id, HIGH_FEN)
    assert found.supplementary_bill_id is not None
    assert (await read_bill(house.office, found.supplementary_bill_id)).supplements == view.id
    with pytest.raises(Conflict, match="withdraw it first"):
        await withdraw_bill(house.office, view.id, CLERK, "changed our mind")
    await withdraw_bill(house.office, found.supplementary_bill_id, CLERK, "changed our mind")
    await withdraw_bill(house.office, view.id, CLERK, "changed our mind")
    assert (await read_bill(house.office, view.id)).state == "withdrawn"


def made_line(item: str, payer: str, fen: int) -> Line:
    said = Explanation("字", "word")
    return Line(item, payer, fen, None, None, "a.rule", (), said, {"value": str(fen)})  # type: ignore[arg-type]


AMOUNTS = st.lists(
    st.tuples(
        st.sampled_from(["deed_tax", "stamp_tax", "land_premium"]),
        st.sampled_from(["transferee", "transferor"]),
        st.integers(0, 10**13),
    ),
    max_size=8,
)


@given(AMOUNTS, AMOUNTS)
def test_billed_and_supplement_less_refund_is_what_is_due(
    before: list[tuple[str, str, int]], after: list[tuple[str, str, int]]
) -> None:
    billed, lines = summed(before), [made_line(*one) for one in after]
    changed = changes(billed, lines)
    rows = supplement_rows(UUID(int=0), lines, changed)
    assert all(row["amount_fen"] > 0 for row in rows)
    up, down = sum(row["amount_fen"] for row in rows), sum(one.refund_fen for one in changed)
    assert sum(billed.values()) + up - down == sum(fen for *_, fen in after)
    assert all(not (one.supplement_fen and one.refund_fen) for one in changed)
