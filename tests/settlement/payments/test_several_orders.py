"""A channel that takes one receiver an order: several orders behind one code, paid, half paid, and given back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.wiring import House, build
from foundation import clock
from foundation.errors import BadInput, Conflict
from foundation.settings import Settings
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.reading import BillView, read_bill
from settlement.bills.withdrawal import withdraw_bill
from settlement.payments.closing import cancel_code
from settlement.payments.orders import MOST_ORDERS, start_payment
from settlement.payments.queries import query_bill
from settlement.payments.tables import channel_order
from settlement.ports.channel import PaymentForm
from settlement.receipts.statements import statement_of
from settlement.refunds.proposing import Wish
from tests.played import CLERK, Played, confirmed, followed_through, home_case, paid, started
from tests.settlement.payments.conftest import one_receiver_an_order
from tests.settlement.refunds.conftest import approved, book, pieces, pursued


@pytest.fixture
async def narrow(own_database_url: str, played: Played, tmp_path: Path) -> AsyncIterator[House]:
    """A house whose contract with ACP divides an order among one receiver."""
    made = build(
        Settings(regions=one_receiver_an_order(tmp_path)), own_database_url, tmp_path / "keys", played.environment
    )
    yield made
    await made.close()
    clock.come_back()


@pytest.fixture
async def view(narrow: House) -> BillView:
    return await confirmed(narrow, home_case())


async def orders(house: House, view: BillView) -> list[tuple[int, int, str]]:
    """(fen, receivers, state) of each order of a bill."""
    wanted = select(channel_order).where(channel_order.c.bill_id == view.id).order_by(channel_order.c.id)
    async with house.office.database.connect() as db:
        return [(row.amount_fen, len(row.parts), row.state) for row in await db.execute(wanted)]


async def test_the_second_order_waits_until_the_first_is_paid(narrow: House, played: Played, view: BillView) -> None:
    fees = sum((await pieces(narrow, view.id, "non_tax")).values())
    first = await paid(narrow, played, view.id, "transferee")
    assert view.code is not None
    again = await start_payment(narrow.office, view.code.token, "transferee", "http://127.0.0.1/back")
    assert isinstance(again, PaymentForm)
    assert again.fields["orderId"] == first  # we have not heard yet, so it is the same order
    await query_bill(narrow.office, view.id)
    half = await read_bill(narrow.office, view.id)
    (share,) = half.shares
    assert (half.state, share.state, share.left_fen, share.next_fen) == ("part_paid", "part_paid", fees, fees)
    assert half.code is not None
    assert half.code.state == "live"
    second = await paid(narrow, played, view.id, "transferee")
    assert second == f"{half.number}A01P2"
    await query_bill(narrow.office, view.id)
    whole = await read_bill(narrow.office, view.id)
    assert (whole.state, whole.shares[0].state, whole.shares[0].left_fen) == ("paid", "paid", 0)
    assert whole.code is not None
    assert whole.code.state == "paid"
    assert await orders(narrow, view) == [(view.amount_fen - fees, 1, "paid"), (fees, 1, "paid")]
    statement = await statement_of(narrow.office, view.id, "transferee")
    assert (statement.amount_fen, len(statement.lines)) == (view.amount_fen, len(whole.pieces))
    assert statement.query_id.count("、") == 1
    assert await book(narrow) == {
        "channel_transit": view.amount_fen,
        "due_treasury": view.amount_fen - fees,
        "due_non_tax": fees,
    }


async def test_every_line_goes_to_its_account(narrow: House, played: Played, view: BillView) -> None:
    for _ in range(2):
        await paid(narrow, played, view.id, "transferee")
        await query_bill(narrow.office, view.id)
    await followed_through(narrow, played, view.id)
    assert (await read_bill(narrow.office, view.id)).state == "settled"
    assert await book(narrow) == {}


async def test_half_paid_is_taken_back_like_any_bill_that_was_paid_in_part(
    narrow: House, played: Played, view: BillView
) -> None:
    await paid(narrow, played, view.id, "transferee")
    await query_bill(narrow.office, view.id)
    with pytest.raises(Conflict):
        await withdraw_bill(narrow.office, view.id, CLERK, "退房")  # money came, so it has to go back first
    assert await cancel_code(narrow.office, view.id, CLERK, "退房") == "cancelled"
    came = await pieces(narrow, view.id, "tax")
    refund_id = await approved(narrow, view, [Wish(one) for one in came])
    assert await pursued(narrow, played, refund_id) == "done"
    world = played.simulator.world
    assert sum(one.amount_fen for one in world.returns.values()) == sum(came.values())
    assert (await read_bill(narrow.office, view.id)).state == "refunded"


async def test_an_order_that_nobody_paid_is_followed_by_another_for_the_same_share(
    narrow: House, played: Played, view: BillView
) -> None:
    await paid(narrow, played, view.id, "transferee")
    await query_bill(narrow.office, view.id)
    await started(narrow, view, "transferee")
    played.set_clocks(clock.now() + timedelta(minutes=16))
    await query_bill(narrow.office, view.id)
    assert await paid(narrow, played, view.id, "transferee") == f"{view.number}A02P2"
    await query_bill(narrow.office, view.id)
    assert [state for _, _, state in await orders(narrow, view)] == ["paid", "not_paid", "paid"]
    assert (await read_bill(narrow.office, view.id)).state == "paid"


async def test_a_tax_beyond_what_a_receiver_may_get_comes_in_several_orders(house: House, played: Played) -> None:
    case = home_case()
    case["transaction"]["price"] = {"amount_fen": 150_000_000_000}  # 1.5 thousand million yuan
    view = await confirmed(house, case)
    assert view.amount_fen > 10**9
    (share,) = view.shares
    assert len(share.orders) == -(-view.amount_fen // (10**9 - 1))
    for _ in share.orders:
        await paid(house, played, view.id, "transferee")
        await query_bill(house.office, view.id)
    assert (await read_bill(house.office, view.id)).state == "paid"
    assert (await book(house))["channel_transit"] == view.amount_fen


async def test_what_would_need_too_many_orders_is_refused_before_a_code_is_there(house: House) -> None:
    case = home_case()
    case["transaction"]["price"] = {"amount_fen": MOST_ORDERS * 100 * 10**9 + 10**11}
    bill_id = await draft_bill(house.office, parse_case(case), CLERK)
    with pytest.raises(BadInput, match="tax window"):
        await confirm_bill(house.office, bill_id, CLERK)
    view = await read_bill(house.office, bill_id)
    assert (view.state, view.code) == ("drafted", None)
