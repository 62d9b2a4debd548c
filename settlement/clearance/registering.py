"""The registry's result comes back and goes on to the tax office; a loop that stays open is on the officer's list.

Bill cleared → title registered → tax office told: as in 宁波, where whatever stays open goes to the risk desk.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, String, Table, Text, Uuid, or_, select
from sqlalchemy.dialects.postgresql import insert

from foundation import clock
from foundation.database import enqueue
from foundation.errors import BadInput, Conflict, NotFound
from foundation.identifiers import new_id
from foundation.states import Machine, rules
from settlement.bills.tables import bill, voucher
from settlement.cases import open_case
from settlement.clearance.answering import clearance_answer
from settlement.follow_ups import REPORT
from settlement.office import Actor, Office
from settlement.ports.tax_papers import RegistrationResult

LOOPS_MAX = 500

registration = Table(
    "registration",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("title_number", String(80)),
    Column("address", Text),
    Column("registered_at", DateTime(timezone=True)),
    Column("state", String(16)),
    Column("heard_from", Text),
    Column("heard_at", DateTime(timezone=True)),
    Column("acknowledgement", Text),
    Column("reported_at", DateTime(timezone=True)),
)

registrations = Machine("registration", registration, "heard", rules(("heard", "report", "reported", "system")))


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """登簿结果 of a bill: the title, and the tax office's acknowledgement once it was told."""

    bill_id: UUID
    title_number: str
    address: str | None
    registered_at: datetime
    state: str
    acknowledgement: str | None


@dataclass(frozen=True, slots=True)
class OpenLoop:
    """A bill whose loop is open past its limit. `stage`: not_registered, or not_reported to the tax office."""

    bill_id: UUID
    bill_number: str
    case_number: str
    unit_code: str
    stage: str
    cleared_at: datetime
    days: int


async def hear_registration(
    office: Office, bill_id: UUID, title_number: str, registered_at: datetime, address: str | None, actor: Actor
) -> RegistrationView:
    """Keeps the registry's result, once a bill, and queues it for the tax office.

    A title registered although the bill was not cleared is kept as well, and opens a case. Conflict for another title.
    """
    if registered_at.tzinfo is None or registered_at > clock.now() + timedelta(minutes=5):
        raise BadInput("registered_at", registered_at.isoformat(), "a time with its offset, not in the future")
    async with office.database.begin() as db:
        row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one_or_none()
        if row is None:
            raise NotFound(f"there is no bill {bill_id}")
        new = {
            "id": new_id(),
            "bill_id": bill_id,
            "title_number": title_number,
            "address": address,
            "registered_at": registered_at,
            "state": registrations.first,
            "heard_from": actor.name,
            "heard_at": clock.now(),
        }
        written = insert(registration).values(new).on_conflict_do_nothing(index_elements=["bill_id"])
        if (await db.execute(written)).rowcount:
            answer = await clearance_answer(office, db, bill_id)
            if not answer.cleared:
                await open_case(
                    db,
                    region=row.region,
                    kind="C-uncleared",
                    fingerprint=f"C-uncleared:{bill_id}",
                    amount_fen=row.amount_fen,
                    bill_id=bill_id,
                    business_day=clock.today(),
                    reason=f"业务 {row.case_number} 税费未缴清即已登簿（{title_number}），违反先税后证。"
                    "A title was registered although its taxes and fees are not cleared.",
                    facts={"case_number": row.case_number, "bill_state": row.state},
                )
            await enqueue(db, REPORT, [str(bill_id)])
        kept = (await db.execute(select(registration).where(registration.c.bill_id == bill_id))).one()
    if kept.title_number != title_number:
        raise Conflict(
            f"该业务已登簿为 {kept.title_number}，不能改报。This case was registered as {kept.title_number} already."
        )
    return RegistrationView(
        bill_id, kept.title_number, kept.address, kept.registered_at, kept.state, kept.acknowledgement
    )


async def report_registration(office: Office, bill_id: UUID) -> None:
    """Tells the tax office what was registered. Refused or Unavailable: to be tried again; telling twice is safe."""
    async with office.database.connect() as db:
        row = (
            await db.execute(
                select(registration, bill.c.region, bill.c.case_number, bill.c.unit_code)
                .join(bill, bill.c.id == registration.c.bill_id)
                .where(registration.c.bill_id == bill_id)
            )
        ).one()
        numbers = await db.scalars(
            select(voucher.c.certificate_number)
            .where(voucher.c.bill_id == bill_id, voucher.c.certificate_number.is_not(None))
            .order_by(voucher.c.certificate_number)
        )
        result = RegistrationResult(
            row.case_number, row.unit_code, row.title_number, row.registered_at, tuple(numbers.all())
        )
    if row.state == "reported":
        return
    acknowledgement = await office.institutions[row.region].tax_papers.tell_registered(result)
    async with office.database.begin() as db:
        state = await db.scalar(select(registration.c.state).where(registration.c.id == row.id).with_for_update())
        if state == "heard":
            await registrations.advance(
                db, row.id, "heard", "report", acknowledgement=acknowledgement, reported_at=clock.now()
            )


async def open_loops(office: Office, region: str) -> list[OpenLoop]:
    """What the risk list of a region holds: cleared for longer than its limit and not closed, the oldest first."""
    limit = timedelta(days=office.region(region).registry.loop_days)
    wanted = (
        select(bill, registration.c.state.label("registered"))
        .outerjoin(registration, registration.c.bill_id == bill.c.id)
        .where(bill.c.region == region, bill.c.state == "cleared", bill.c.supplements.is_(None))
        .where(bill.c.cleared_at < clock.now() - limit)
        .where(or_(registration.c.id.is_(None), registration.c.state == "heard"))
        .order_by(bill.c.cleared_at)
        .limit(LOOPS_MAX)
    )
    async with office.database.connect() as db:
        rows = (await db.execute(wanted)).all()
    return [
        OpenLoop(
            row.id,
            row.number,
            row.case_number,
            row.unit_code,
            "not_reported" if row.registered else "not_registered",
            row.cleared_at,
            (clock.now() - row.cleared_at).days,
        )
        for row in rows
    ]


async def registration_of(office: Office, bill_id: UUID) -> RegistrationView | None:
    """The registry's result of a bill, or None while there is none."""
    async with office.database.connect() as db:
        row = (await db.execute(select(registration).where(registration.c.bill_id == bill_id))).one_or_none()
    if row is None:
        return None
    return RegistrationView(
        row.bill_id, row.title_number, row.address, row.registered_at, row.state, row.acknowledgement
    )
