"""The delivery log: what the registry was told, and what it said to each try."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from settlement.bills.tables import bill
from settlement.clearance.tables import clearance, clearance_try
from settlement.office import Office

DELIVERIES_MAX = 200


@dataclass(frozen=True, slots=True)
class TryView:
    """One try: its HTTP status (None: no answer) and the beginning of the answer."""

    at: datetime
    actor: str
    status: int | None
    answer: str
    taken: bool


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A clearance on its way to the registry; `webhook_id` is the same in every try."""

    webhook_id: UUID
    bill_id: UUID
    bill_number: str
    case_number: str
    state: str
    written_at: datetime
    next_try_at: datetime | None
    acknowledgement: str | None
    message: str
    tries: tuple[TryView, ...]


async def deliveries(office: Office, region: str, state: str | None = None) -> list[DeliveryView]:
    """The newest deliveries of a region, of one state or of all, those that wait or were given up before the rest."""
    wanted = select(clearance.c.id).join(bill, bill.c.id == clearance.c.bill_id).where(bill.c.region == region)
    if state is not None:
        wanted = wanted.where(clearance.c.state == state)
    wanted = wanted.order_by(clearance.c.state == "delivered", clearance.c.at.desc()).limit(DELIVERIES_MAX)
    async with office.database.connect() as db:
        ids = (await db.scalars(wanted)).all()
    return await _read(office, ids)


async def delivery_of(office: Office, bill_id: UUID) -> DeliveryView | None:
    """The delivery of a bill with every try, or None where nothing was to be told yet."""
    async with office.database.connect() as db:
        ids = (await db.scalars(select(clearance.c.id).where(clearance.c.bill_id == bill_id))).all()
    return next(iter(await _read(office, ids)), None)


async def _read(office: Office, ids: Sequence[UUID]) -> list[DeliveryView]:
    async with office.database.connect() as db:
        rows = await db.execute(
            select(clearance, bill.c.number, bill.c.case_number)
            .join(bill, bill.c.id == clearance.c.bill_id)
            .where(clearance.c.id.in_(ids))
            .order_by(clearance.c.state == "delivered", clearance.c.at.desc())
        )
        tried = await db.execute(
            select(clearance_try)
            .where(clearance_try.c.clearance_id.in_(ids))
            .order_by(clearance_try.c.at, clearance_try.c.id)
        )
        tries: dict[UUID, list[TryView]] = {}
        for one in tried:
            view = TryView(one.at, one.actor, one.status, one.answer, one.taken)
            tries.setdefault(one.clearance_id, []).append(view)
    return [
        DeliveryView(
            row.id,
            row.bill_id,
            row.number,
            row.case_number,
            row.state,
            row.at,
            row.next_try_at,
            row.acknowledgement,
            (row.message or b"").decode(),
            tuple(tries.get(row.id, ())),
        )
        for row in rows
    ]


async def how_many_wait(office: Office, region: str) -> int:
    """How many clearances of a region the registry has not taken."""
    wanted = (
        select(func.count())
        .select_from(clearance)
        .join(bill, bill.c.id == clearance.c.bill_id)
        .where(bill.c.region == region, clearance.c.state != "delivered")
    )
    async with office.database.connect() as db:
        return int(await db.scalar(wanted) or 0)
