"""Bills that were paid, at the channel or already in their accounts; and people who decide on refunds."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Table, select

from api.wiring import House
from foundation import clock
from ledger import balances
from settlement.allocation.tables import allocation_line
from settlement.bills.reading import BillView
from settlement.cases import UNSETTLED, CaseFilter, CaseRow, list_cases, office_case
from settlement.office import Actor
from settlement.payments.closing import cancel_code
from settlement.payments.queries import query_bill
from settlement.refunds.deciding import approve_refund
from settlement.refunds.proposing import Wish, propose_refund
from settlement.refunds.sending import pursue_refund
from settlement.refunds.tables import refund
from tests.played import CLERK, Played, confirmed, followed_through, home_case, paid

ASKS = Actor("asks", "finance")
DECIDES = Actor("decides", "finance")


async def paid_bill(house: House, played: Played, case: dict[str, object], *payers: str) -> BillView:
    """A bill whose payers paid; the money is at the channel."""
    view = await confirmed(house, case)
    for payer in payers:
        await paid(house, played, view.id, payer)
    await query_bill(house.office, view.id)
    return view


async def arrived_bill(house: House, played: Played, case: dict[str, object], *payers: str) -> BillView:
    """A bill whose money is in treasury and non-tax account."""
    view = await paid_bill(house, played, case, *payers)
    await followed_through(house, played, view.id)
    return view


async def pieces(house: House, bill_id: UUID, leg: str | None = None) -> dict[UUID, int]:
    """Fen of the bill's allocation lines, of one leg or of both."""
    wanted = select(allocation_line.c.id, allocation_line.c.amount_fen).where(allocation_line.c.bill_id == bill_id)
    if leg:
        wanted = wanted.where(allocation_line.c.leg == leg)
    async with house.office.database.connect() as db:
        return {row.id: row.amount_fen for row in await db.execute(wanted)}


async def proposed(house: House, view: BillView, wishes: Sequence[Wish], surplus: Sequence[UUID] = ()) -> UUID:
    return await propose_refund(house.office, view.id, wishes, surplus, "合同解除", ASKS)


async def approved(house: House, view: BillView, wishes: Sequence[Wish], surplus: Sequence[UUID] = ()) -> UUID:
    refund_id = await proposed(house, view, wishes, surplus)
    await approve_refund(house.office, refund_id, DECIDES)
    return refund_id


async def pursued(house: House, played: Played, refund_id: UUID, steps: int = 12) -> str:
    """Lets time go by until the channel has nothing more to say; the refund's state."""
    for _ in range(steps):
        if await pursue_refund(house.office, refund_id):
            break
        played.set_clocks(clock.now() + timedelta(seconds=35))
    return await state_of(house, refund, refund_id)


async def failed_refund(house: House, played: Played) -> tuple[UUID, CaseRow]:
    """An approved refund of a home's taxes that the channel failed, and the case that was opened of it."""
    view = await paid_bill(house, played, home_case(), "transferee")
    played.control("faults", {"kind": "refund", "how": "failed"})
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id, "tax")])
    assert await pursued(house, played, refund_id) == "failed"
    async with house.office.database.connect() as db:
        (case,) = await list_cases(db, view.region, CaseFilter(kind="R-failed"))
    return refund_id, case


async def state_of(house: House, table: Table, subject: UUID) -> str:
    async with house.office.database.connect() as db:
        return str(await db.scalar(select(table.c.state).where(table.c.id == subject)))


async def cases(house: House) -> list[str]:
    """The kinds of the cases that wait for a person."""
    wanted = select(office_case.c.kind).where(office_case.c.state.in_(UNSETTLED)).order_by(office_case.c.kind)
    async with house.office.database.connect() as db:
        return list(await db.scalars(wanted))


async def book(house: House, region: str = "341502") -> dict[str, int]:
    """Balances that are not zero, by the class of the account."""
    sums: dict[str, int] = {}
    async with house.office.database.connect() as db:
        for one in await balances(db, region):
            sums[one.code.split(":")[1]] = sums.get(one.code.split(":")[1], 0) + one.balance
    return {name: fen for name, fen in sums.items() if fen}


async def without_code(house: House, view: BillView) -> None:
    """Takes the code of a bill back."""
    await cancel_code(house.office, view.id, CLERK, "退款")
