"""Tells the registry that a bill is cleared: at least once, under one id, tried again for a day, every try logged."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import NotFound
from foundation.identifiers import new_id
from settlement.bills.tables import bill, bills
from settlement.cases import UNSETTLED, office_case, open_case, vanish
from settlement.clearance.answering import ClearanceAnswer, LineAnswer, clearance_answer
from settlement.clearance.tables import clearance, clearance_try, clearances
from settlement.office import SYSTEM, Actor, Office
from settlement.ports.registry import Clearance, ClearedLine, Delivery
from settlement.receipts.checking import check_linked, checks_of

WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800))
"""How long after each try the next one comes: eleven tries, the last some 24 hours after the first."""

_RECHECK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """How the telling stands: `cleared` False where the answer is still no; `again_in` where another try comes."""

    cleared: bool
    delivered: bool
    again_in: timedelta | None


async def tell_registry(office: Office, bill_id: UUID) -> Told:
    """One step: checks the certificates, writes the message once, and tries to deliver it if its time has come."""
    async with office.database.connect() as db:
        row = await _bill(db, bill_id)
        told = (await db.execute(select(clearance).where(clearance.c.bill_id == bill_id))).one_or_none()
    early = row.monthly_side is not None and row.state in ("confirmed", "part_paid", "paid")
    if row.state != "settled" and not early:
        return Told(row.state == "cleared", row.state == "cleared", None)
    if told is None or told.message is None:
        await _check_now_and_then(office, row)
        told = await _written(office, row)
        if told is None:
            return Told(False, False, None if early else _RECHECK)
    if told.state == "given_up":
        return Told(True, False, None)
    if told.state == "delivered":
        return await _told_early(office, row)
    left = (told.next_try_at or clock.now()) - clock.now()
    if left > timedelta(0):
        return Told(True, False, left)
    return await _try(office, row, told, SYSTEM)


async def _told_early(office: Office, row: Row[Any]) -> Told:
    """The registry knows: it was told before a share by the month was paid. Now that it is, the bill has ended."""
    async with office.database.begin() as db:
        state = await db.scalar(select(bill.c.state).where(bill.c.id == row.id).with_for_update())
        if state == "settled":
            await bills.advance(db, row.id, "settled", "tell_registry", cleared_at=clock.now())
    return Told(True, True, None)


async def replay(office: Office, bill_id: UUID, actor: Actor) -> Told:
    """Sends the same message again now, because a person wishes it, whether it was delivered or given up.

    NotFound where the registry was never to be told.
    """
    async with office.database.begin() as db:
        row = await _bill(db, bill_id)
        told = (await db.execute(select(clearance).where(clearance.c.bill_id == bill_id))).one_or_none()
        if told is None or told.message is None:
            raise NotFound(f"尚无可重发的缴清通知。Bill {row.number} has no clearance to be sent again.")
        if told.state == "given_up":
            await clearances.advance(
                db, told.id, "given_up", "replay", role=actor.role, actor=actor.name, tries=0, next_try_at=clock.now()
            )
        told = (await db.execute(select(clearance).where(clearance.c.bill_id == bill_id))).one()
    return await _try(office, row, told, actor)


async def _check_now_and_then(office: Office, row: Row[Any]) -> None:
    """The tax office is asked again about a certificate that does not fit, but not every minute."""
    if not office.region(row.region).registry.verify_certificates:
        return
    async with office.database.connect() as db:
        wrong = [one.checked_at for one in await checks_of(db, row.id) if one.stops]
    if all(checked_at < clock.now() - _RECHECK for checked_at in wrong):
        await check_linked(office, row.id)


async def _written(office: Office, row: Row[Any]) -> Row[Any] | None:
    """The message of a bill that may be registered, written once; None while it may not."""
    async with office.database.begin() as db:
        await db.execute(select(bill.c.id).where(bill.c.id == row.id).with_for_update())
        answer = await clearance_answer(office, db, row.id)
        if not answer.cleared:
            return None
        new = {"id": new_id(), "bill_id": row.id, "at": clock.now(), "state": clearances.first, "tries": 0}
        await db.execute(upsert(clearance).values(new).on_conflict_do_nothing(index_elements=["bill_id"]))
        mine = clearance.c.bill_id == row.id
        stored = (await db.execute(select(clearance).where(mine))).one()
        if stored.message is None:
            message = office.institutions[row.region].registry.written(_message(answer, stored))
            await db.execute(update(clearance).where(mine).values(message=message, next_try_at=clock.now()))
        return (await db.execute(select(clearance).where(mine))).one()


def _message(answer: ClearanceAnswer, stored: Row[Any]) -> Clearance:
    lines = tuple(ClearedLine(one.item, one.payer, one.amount_fen, _proof(one)) for one in answer.lines)
    return Clearance(stored.id, answer.bill_number, answer.case_number, answer.unit_code, stored.at, lines)


def _proof(one: LineAnswer) -> str:
    return one.proof or ("by_month" if one.state == "by_month" else "apart")


async def _try(office: Office, row: Row[Any], told: Row[Any], actor: Actor) -> Told:
    said = await office.institutions[row.region].registry.deliver(told.id, told.message)
    async with office.database.begin() as db:
        await db.execute(select(bill.c.id).where(bill.c.id == row.id).with_for_update())
        await db.execute(
            insert(clearance_try).values(
                id=new_id(),
                clearance_id=told.id,
                at=clock.now(),
                actor=actor.name,
                status=said.status,
                answer=said.answer,
                taken=said.taken,
            )
        )
        now = (await db.execute(select(clearance).where(clearance.c.id == told.id))).one()
        if said.taken:
            await _taken(db, row, now, said)
            return Told(True, True, None)
        if now.state != "waiting":  # someone else's try came through, or a delivered one was replayed
            return Told(True, now.state == "delivered", None)
        return await _not_taken(db, row, now, said)


async def _taken(db: AsyncConnection, row: Row[Any], now: Row[Any], said: Delivery) -> None:
    if now.state != "delivered":
        await clearances.advance(
            db, now.id, now.state, "deliver", acknowledgement=said.acknowledgement, next_try_at=None
        )
        waiting = await db.execute(
            select(office_case.c.id, office_case.c.state).where(
                office_case.c.fingerprint == _fingerprint(row.id), office_case.c.state.in_(UNSETTLED)
            )
        )
        await vanish(db, [(one.id, one.state) for one in waiting], "登记机构已收到。The registry has taken it.")
    state = await db.scalar(select(bill.c.state).where(bill.c.id == row.id))
    if state == "settled":
        await bills.advance(db, row.id, "settled", "tell_registry", cleared_at=clock.now())


async def _not_taken(db: AsyncConnection, row: Row[Any], now: Row[Any], said: Delivery) -> Told:
    tries = now.tries + 1
    if tries <= len(WAITS):
        wait = WAITS[tries - 1]
        again = update(clearance).where(clearance.c.id == now.id)
        await db.execute(again.values(tries=tries, next_try_at=clock.now() + wait))
        return Told(True, False, wait)
    await clearances.advance(db, now.id, "waiting", "give_up", tries=tries, next_try_at=None)
    await open_case(
        db,
        region=row.region,
        kind="C-registry",
        fingerprint=_fingerprint(row.id),
        amount_fen=0,
        bill_id=row.id,
        business_day=clock.today(),
        reason=f"缴清通知 {tries} 次未送达登记机构（最后一次：{said.status or '无应答'}）。请联系登记系统后点“重发”。"
        f"The registry did not take the clearance in {tries} tries; see to their side, then replay it.",
        facts={"bill_number": row.number, "status": said.status, "answer": said.answer[:400]},
    )
    return Told(True, False, None)


async def _bill(db: AsyncConnection, bill_id: UUID) -> Row[Any]:
    row = (await db.execute(select(bill).where(bill.c.id == bill_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no bill {bill_id}")
    return row


def _fingerprint(bill_id: UUID) -> str:
    return f"C-registry:{bill_id}"
