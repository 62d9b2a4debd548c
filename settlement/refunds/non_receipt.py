"""未收款确认: what an institution was told of it never got, as it says in writing, so that a refund can have it.

Three acts of finance on a refund that waits (`settlement.refunds.holding`): one asks, and from then on the institution
is not told again; its letter is entered; another person approves. A letter from before that would say nothing of what
was told since. Before the approval counts the institution is asked once more over the wire.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id
from settlement.allocation.moving import LONGEST_CALL
from settlement.allocation.tables import ASKING, non_receipt, non_receipts
from settlement.bills.tables import pay_code, voucher
from settlement.follow_ups import ALLOCATE
from settlement.office import Actor, Office
from settlement.refunds.holding import hold
from settlement.refunds.locking import lines_of, locked
from settlement.refunds.making import is_unknown_to
from settlement.refunds.proposing import paid_pieces
from settlement.refunds.tables import refund


@dataclass(frozen=True, slots=True)
class Letter:
    """An institution's written word that it has nothing: the letter's number, its day, and what was found out how."""

    number: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class ToldView:
    """Lines of a refund that go under one voucher or pay code, of which an institution was told; amount in fen.

    `line_id` is the first of them and stands for all. `state`: told (nobody has asked), asking, proposed or approved.
    `told_at` is None once the institution's word is approved. `asked_by` and what follows: empty before.
    """

    line_id: UUID
    line_ids: tuple[UUID, ...]
    amount_fen: int
    told_at: datetime | None
    state: str
    asked_by: str | None
    asked_at: datetime | None
    letter: Letter | None
    proposed_by: str | None
    proposed_at: datetime | None
    decided_by: str | None


async def ask_institution(office: Office, refund_id: UUID, line_id: UUID, actor: Actor) -> None:
    """Notes that a person asks the institution what it has of a line: it is not told of it again while they do.

    Conflict where the refund does not wait for that, or somebody asks already.
    """
    async with office.database.begin() as db:
        refund_row, lines = await locked(db, refund_id)
        line = _line(lines, line_id)
        if refund_row.state != "proposed" or line.piece_state != "in_transit" or line.told_at is None:
            raise Conflict(
                "该笔不在等待征收单位答复，无须查询。This refund does not wait for the word of an institution.",
                state=line.piece_state,
            )
        if await _asked(db, line) is not None:
            raise Conflict("该笔已在向征收单位查询。The institution is being asked about this already.")
        await db.execute(
            insert(non_receipt).values(
                id=new_id(),
                refund_id=refund_id,
                voucher_id=line.voucher_id,
                pay_code_id=line.pay_code_id,
                state=non_receipts.first,
                asked_by=actor.name,
                asked_at=clock.now(),
            )
        )


async def propose_non_receipt(office: Office, refund_id: UUID, line_id: UUID, letter: Letter, actor: Actor) -> None:
    """Enters the institution's letter, for another person to approve. BadInput: its day is before the question."""
    async with office.database.begin() as db:
        _, lines = await locked(db, refund_id)
        asked = await _open(db, _line(lines, line_id))
        since = clock.local(asked.asked_at).date()
        if not since <= letter.on <= clock.today():
            raise BadInput(
                "letter_on",
                letter.on.isoformat(),
                f"停止告知之日 {since} 至今日；更早的函件不能说明此后告知的结果。"
                f"a day from {since}, since when it was not told again, until today",
            )
        await non_receipts.advance(
            db,
            asked.id,
            asked.state,
            "propose",
            role=actor.role,
            actor=actor.name,
            reason=f"{letter.number}，{letter.on}：{letter.reason}",
            letter_no=letter.number,
            letter_on=letter.on,
            why=letter.reason,
            proposed_by=actor.name,
            proposed_at=clock.now(),
        )


async def approve_non_receipt(office: Office, refund_id: UUID, line_id: UUID, actor: Actor) -> None:
    """Another person agrees that the institution has nothing: the refund takes hold of the money.

    NotAllowed to who entered the letter. Conflict where the institution, asked over the wire, says otherwise, or what
    was told last may still be under way.
    """
    async with office.database.connect() as db:
        region = await db.scalar(select(refund.c.region).where(refund.c.id == refund_id))
        line = _line(await lines_of(db, refund_id), line_id)
        if (await _open(db, line)).proposed_by == actor.name:
            raise NotAllowed(
                f"函件由 {actor.name} 登记，须由另一人核准。"
                f"{actor.name} entered the letter; another person has to approve it."
            )
    if not await is_unknown_to(office, str(region), [line]):
        raise Conflict(
            "征收单位系统现答复已有该笔，与函件不符，请等其入账或退回。"
            "Asked just now, the institution's system knows of this payment; wait until it arrives or is sent back."
        )
    async with office.database.begin() as db:
        refund_row, lines = await locked(db, refund_id)
        line = _line(lines, line_id)
        asked = await _open(db, line)
        non_receipts.rule(asked.state, "approve", actor.role)
        if clock.now() < asked.asked_at + LONGEST_CALL:
            raise Conflict(
                "最后一次告知可能尚在途中，请一分钟后再核准。It may just be hearing of it; approve in a minute."
            )
        await non_receipts.advance(
            db,
            asked.id,
            asked.state,
            "approve",
            role=actor.role,
            actor=actor.name,
            reason=asked.why,
            decided_by=actor.name,
            decided_at=clock.now(),
        )
        for table, claim_id in ((voucher, line.voucher_id), (pay_code, line.pay_code_id)):
            await db.execute(update(table).where(table.c.id == claim_id).values(told_at=None))
        wanted = {one.allocation_line_id for one in lines if _same(one, line)}
        await hold(db, [one for one in await paid_pieces(db, refund_row.bill_id) if one.id in wanted], actor)


async def drop_non_receipt(office: Office, refund_id: UUID, line_id: UUID, actor: Actor, reason: str) -> None:
    """Nobody asks any more, or the letter does not do: the institution is told again."""
    async with office.database.begin() as db:
        refund_row, lines = await locked(db, refund_id)
        asked = await _open(db, _line(lines, line_id))
        await non_receipts.advance(db, asked.id, asked.state, "drop", role=actor.role, actor=actor.name, reason=reason)
        await enqueue(db, ALLOCATE, [str(refund_row.bill_id)])


async def ask_no_more(db: AsyncConnection, refund_id: UUID, actor: Actor, reason: str) -> None:
    """Drops what is still asked for a refund that was rejected."""
    of_refund = (non_receipt.c.refund_id == refund_id) & non_receipt.c.state.in_(ASKING)
    for asked in (await db.execute(select(non_receipt).where(of_refund))).all():
        await non_receipts.advance(db, asked.id, asked.state, "drop", role=actor.role, actor=actor.name, reason=reason)


async def told_lines(office: Office, refund_id: UUID) -> list[ToldView]:
    """What of a refund an institution was told of, and how far the question is what it has of it; approved ones too."""
    async with office.database.connect() as db:
        lines = await lines_of(db, refund_id)
        of_refund = (non_receipt.c.refund_id == refund_id) & (non_receipt.c.state != "dropped")
        asked = (await db.execute(select(non_receipt).where(of_refund).order_by(non_receipt.c.asked_at))).all()
    views = []
    for first in {(one.voucher_id, one.pay_code_id): one for one in reversed(lines) if one.leg}.values():
        latest = next((one for one in reversed(asked) if _same(one, first)), None)
        waits = first.piece_state == "in_transit" and first.told_at is not None
        if latest is not None or waits:
            views.append(_view([one for one in lines if _same(one, first)], latest))
    return sorted(views, key=lambda one: one.line_id)


def _view(lines: Sequence[Row[Any]], asked: Row[Any] | None) -> ToldView:
    whole = lines[0].id, tuple(one.id for one in lines), sum(one.amount_fen for one in lines), lines[0].told_at
    if asked is None:
        return ToldView(*whole, "told", None, None, None, None, None, None)
    letter = Letter(asked.letter_no, asked.letter_on, asked.why) if asked.letter_no else None
    return ToldView(
        *whole,
        asked.state,
        asked.asked_by,
        asked.asked_at,
        letter,
        asked.proposed_by,
        asked.proposed_at,
        asked.decided_by,
    )


def _line(lines: Sequence[Row[Any]], line_id: UUID) -> Row[Any]:
    for one in lines:
        if one.id == line_id:
            return one
    raise NotFound(f"the refund has no line {line_id}")


def _same(one: Row[Any], other: Row[Any]) -> bool:
    """Whether two go under the same voucher or pay code."""
    return bool((one.voucher_id, one.pay_code_id) == (other.voucher_id, other.pay_code_id))


async def _open(db: AsyncConnection, line: Row[Any]) -> Row[Any]:
    """What is being asked about a line's voucher or pay code; NotFound where nothing is."""
    asked = await _asked(db, line)
    if asked is None:
        raise NotFound("该笔没有待办的未收款确认。The institution is not being asked about this line.")
    return asked


async def _asked(db: AsyncConnection, line: Row[Any]) -> Row[Any] | None:
    mine = or_(
        and_(non_receipt.c.voucher_id == line.voucher_id, non_receipt.c.voucher_id.is_not(None)),
        and_(non_receipt.c.pay_code_id == line.pay_code_id, non_receipt.c.pay_code_id.is_not(None)),
    )
    return (await db.execute(select(non_receipt).where(mine, non_receipt.c.state.in_(ASKING)))).one_or_none()
