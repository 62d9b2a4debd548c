"""The hand-over of a shift (交接班): what was done since the last one, what is still open, and who signed it.

Shifts of a region follow each other without a gap: each begins where the one before was signed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, String, Table, Text, Uuid, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import Conflict, NotFound
from foundation.identifiers import new_id
from settlement.bills.tables import bill
from settlement.cases import office_case
from settlement.cases.reading import number_of
from settlement.cases.tables import WAITING
from settlement.office import Actor, Office
from settlement.payments.tables import channel_order

_LISTED_MAX = 50

shift_handover = Table(
    "shift_handover",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("began_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("counts", JSONB),
    Column("waiting", JSONB),
    Column("remark", Text),
    Column("signed_by", Text),
)


@dataclass(frozen=True, slots=True)
class StateCount:
    """The bills taken in during the shift that are in one state now: how many, and their sum in fen."""

    state: str
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that the next shift has to look after. `what`: unknown (an order past its time) or case."""

    what: str
    number: str
    bill_id: str
    bill_number: str
    amount_fen: int
    reason: str
    since: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift; `id`, `remark` and `signed_by` are None while it runs. `paid` counts orders paid in it."""

    id: UUID | None
    region: str
    began_at: datetime
    ended_at: datetime
    bills: tuple[StateCount, ...]
    paid: StateCount
    waiting: tuple[Waiting, ...]
    remark: str | None = None
    signed_by: str | None = None


async def shift_so_far(office: Office, region: str) -> Shift:
    """The running shift of a region, from the last signature, or from the first bill, until now."""
    async with office.database.connect() as db:
        return await _so_far(db, region)


async def sign_shift(office: Office, region: str, began_at: datetime, remark: str, actor: Actor) -> UUID:
    """Signs the running shift as it stands now. Conflict where somebody signed since the page was opened."""
    async with office.database.begin() as db:
        shift = await _so_far(db, region)
        if shift.began_at != began_at:
            raise _signed_already()
        row = {
            "id": new_id(),
            "region": region,
            "began_at": shift.began_at,
            "ended_at": shift.ended_at,
            "counts": {"bills": [asdict(one) for one in shift.bills], "paid": asdict(shift.paid)},
            "waiting": [asdict(one) for one in shift.waiting],
            "remark": remark,
            "signed_by": actor.name,
        }
        try:
            await db.execute(insert(shift_handover).values(row))
        except IntegrityError as error:
            raise _signed_already() from error
    return UUID(str(row["id"]))


async def read_shift(office: Office, shift_id: UUID) -> Shift:
    """A signed shift as it was signed, or NotFound."""
    async with office.database.connect() as db:
        row = (await db.execute(select(shift_handover).where(shift_handover.c.id == shift_id))).one_or_none()
    if row is None:
        raise NotFound("没有这份交接记录。There is no such hand-over.")
    return _signed(row)


async def signed_shifts(office: Office, region: str) -> Sequence[Shift]:
    """The newest signed shifts of a region."""
    newest = select(shift_handover).where(shift_handover.c.region == region)
    async with office.database.connect() as db:
        rows = await db.execute(newest.order_by(shift_handover.c.ended_at.desc()).limit(_LISTED_MAX))
        return [_signed(row) for row in rows]


async def _so_far(db: AsyncConnection, region: str) -> Shift:
    now = clock.now()
    last = select(func.max(shift_handover.c.ended_at)).where(shift_handover.c.region == region)
    first = select(func.min(bill.c.created_at)).where(bill.c.region == region)
    began = await db.scalar(last) or await db.scalar(first) or now
    in_shift = (bill.c.region == region) & (bill.c.created_at >= began)
    sums = select(bill.c.state, func.count(), func.sum(bill.c.amount_fen)).where(in_shift)
    bills = [StateCount(state, count, int(fen)) for state, count, fen in await db.execute(sums.group_by(bill.c.state))]
    order = channel_order.c
    paid_now = (order.region == region) & (order.state == "paid") & (order.paid_at >= began)
    paid = (await db.execute(select(func.count(), func.sum(order.amount_fen)).where(paid_now))).one()
    return Shift(
        id=None,
        region=region,
        began_at=began,
        ended_at=now,
        bills=tuple(sorted(bills, key=lambda one: one.state)),
        paid=StateCount("paid", paid[0], int(paid[1] or 0)),
        waiting=(*await _unknown(db, region, now), *await _cases(db, region)),
    )


async def _unknown(db: AsyncConnection, region: str, now: datetime) -> list[Waiting]:
    """Orders whose time is over and of which the channel has not said what became."""
    order = channel_order.c
    rows = await db.execute(
        select(order.order_id, order.bill_id, order.amount_fen, order.pay_until, bill.c.number)
        .join(bill, bill.c.id == order.bill_id)
        .where(order.region == region, order.state == "open", order.pay_until <= now)
        .order_by(order.pay_until)
    )
    return [
        Waiting("unknown", row.order_id, str(row.bill_id), row.number, row.amount_fen, "", row.pay_until.isoformat())
        for row in rows
    ]


async def _cases(db: AsyncConnection, region: str) -> list[Waiting]:
    """Cases about a bill of the region that wait for somebody: paid late, paid twice, and the like."""
    one = office_case.c
    rows = await db.execute(
        select(one.no, one.bill_id, one.amount_fen, one.reason, one.opened_at, bill.c.number)
        .join(bill, bill.c.id == one.bill_id)
        .where(one.region == region, one.state.in_(WAITING))
        .order_by(one.opened_at)
    )
    return [
        Waiting(
            "case",
            number_of(row.no),
            str(row.bill_id),
            row.number,
            row.amount_fen,
            row.reason,
            row.opened_at.isoformat(),
        )
        for row in rows
    ]


def _signed(row: Any) -> Shift:
    return Shift(
        row.id,
        row.region,
        row.began_at,
        row.ended_at,
        tuple(StateCount(**one) for one in row.counts["bills"]),
        StateCount(**row.counts["paid"]),
        tuple(Waiting(**one) for one in row.waiting),
        row.remark,
        row.signed_by,
    )


def _signed_already() -> Conflict:
    return Conflict(
        "本班已有人交接签字，请刷新后核对新的一班。"
        "Somebody has signed this shift already; reload and look at the new one."
    )
