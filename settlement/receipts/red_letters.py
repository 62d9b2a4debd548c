"""Red-letter e-receipts (冲红) in two steps by two people: one for each fee line that is refunded.

In sum they are never over more than the receipt was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id
from foundation.money import yuan
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, pay_code
from settlement.office import Actor, Office
from settlement.ports.fiscal_papers import ReceiptStanding, RedLetter
from settlement.ports.non_tax import FiscalReceipt
from settlement.receipts.tables import red_letter, red_letters, red_receipt
from settlement.refunds import papers
from settlement.refunds.tables import refund, refund_line


@dataclass(frozen=True, slots=True)
class RedReceipt:
    """红字财政电子票据 of a refund line; the amount in fen, above zero."""

    code: str
    number: str
    check_code: str
    issued_on: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RedLetterView:
    """A red letter on its way: proposed, approved (the platform is asked), issued or rejected."""

    id: UUID
    refund_line_id: UUID
    amount_fen: int
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    receipt: RedReceipt | None


async def propose_red_letter(office: Office, refund_line_id: UUID, actor: Actor, reason: str) -> RedLetterView:
    """Step one: asks the platform how the receipt stands, and proposes to take it back by the amount of a refund line.

    Conflict where the line is not approved as 非税退付, its receipt was taken back already, or one is proposed.
    """
    async with office.database.connect() as db:
        row = await _fee_line(db, refund_line_id)
    said = await office.institutions[row.region].fiscal_papers.verify(_black(row))
    if said.standing is ReceiptStanding.unknown:
        raise Conflict(
            f"财政平台查无票据 {row.receipt_code}-{row.receipt_number}，请与财政核实。"
            f"The platform does not know receipt {row.receipt_code}-{row.receipt_number}; clear it up with finance."
        )
    if row.amount_fen - said.red_lettered_fen < row.wanted_fen:
        raise Conflict(
            f"该票据已冲红 {yuan(said.red_lettered_fen)} 元，余额不足。"
            f"{yuan(said.red_lettered_fen)} yuan of the receipt were taken back already; not that much is left."
        )
    values = {
        "id": new_id(), "refund_line_id": refund_line_id, "amount_fen": row.wanted_fen, "reason": reason,
        "state": red_letters.first, "proposed_by": actor.name, "proposed_at": clock.now(),
    }  # fmt: skip
    try:
        async with office.database.begin() as db:
            await db.execute(insert(red_letter).values(values))
    except IntegrityError as error:
        raise Conflict("该明细已提出冲红。A red letter of this line was proposed already.") from error
    return await read_red_letter(office, refund_line_id)


async def approve_red_letter(office: Office, refund_line_id: UUID, actor: Actor) -> RedLetterView:
    """Step two, by another person: has the platform issue it. NotAllowed to the one who proposed it.

    Where the platform gave no answer the approval stands, and whoever asks again, also the one who proposed it, gets
    the one red letter there is: the platform knows it by the refund line.
    """
    async with office.database.begin() as db:
        row = await _open_letter(db, refund_line_id)
        if row.state == "proposed" and row.proposed_by == actor.name:
            raise NotAllowed(
                f"{actor.name} 提出了冲红，须由另一人批准。"
                f"{actor.name} proposed this; another person has to approve it."
            )
        if row.state == "proposed":
            await _fee_line(db, refund_line_id)  # given back meanwhile, it is not taken back any more
            told = {"role": actor.role, "actor": actor.name, "reason": row.reason}
            await red_letters.advance(
                db, row.id, "proposed", "approve", **told, approved_by=actor.name, decided_at=clock.now()
            )
    if row.state != "issued":
        await _issue(office, row.id, refund_line_id, actor)
    return await read_red_letter(office, refund_line_id)


async def reject_red_letter(office: Office, refund_line_id: UUID, actor: Actor, reason: str) -> None:
    """Rejects a proposed red letter with the reason; whoever proposed it may take it back so, too."""
    async with office.database.begin() as db:
        row = await _open_letter(db, refund_line_id)
        told = {"role": actor.role, "actor": actor.name, "reason": reason}
        await red_letters.advance(db, row.id, row.state, "reject", **told, decided_at=clock.now())


async def read_red_letter(office: Office, refund_line_id: UUID) -> RedLetterView:
    """The red letter of a refund line, with its receipt once it was issued. NotFound where none was proposed."""
    found = await _letters(office, red_letter.c.refund_line_id == refund_line_id)
    if not found:
        raise _none_proposed()
    return found[0]


async def red_letters_of(office: Office, refund_ids: Sequence[UUID]) -> Mapping[UUID, RedLetterView]:
    """The red letters of some refunds by their lines; those that were rejected are left out."""
    lines = select(refund_line.c.id).where(refund_line.c.refund_id.in_(refund_ids))
    return {one.refund_line_id: one for one in await _letters(office, red_letter.c.refund_line_id.in_(lines))}


async def _letters(office: Office, wanted: ColumnElement[bool]) -> list[RedLetterView]:
    issued = red_receipt.c
    query = (
        select(red_letter, issued.code, issued.number, issued.check_code, issued.issued_on,
               issued.amount_fen.label("taken_back_fen"))
        .outerjoin(red_receipt, issued.refund_line_id == red_letter.c.refund_line_id)
        .where(wanted, red_letter.c.state != "rejected")
    )  # fmt: skip
    async with office.database.connect() as db:
        return [_view(row) for row in await db.execute(query)]


def _view(row: Row[Any]) -> RedLetterView:
    receipt = RedReceipt(row.code, row.number, row.check_code, row.issued_on, row.taken_back_fen) if row.code else None
    return RedLetterView(
        row.id,
        row.refund_line_id,
        row.amount_fen,
        row.reason,
        row.state,
        row.proposed_by,
        row.proposed_at,
        row.approved_by,
        receipt,
    )


def _none_proposed() -> NotFound:
    return NotFound("该明细没有待办的冲红。No red letter of this line is proposed.")


async def _open_letter(db: AsyncConnection, refund_line_id: UUID) -> Row[Any]:
    """The one that was not rejected, locked."""
    of_line = (red_letter.c.refund_line_id == refund_line_id) & (red_letter.c.state != "rejected")
    row = (await db.execute(select(red_letter).where(of_line).with_for_update())).one_or_none()
    if row is None:
        raise _none_proposed()
    return row


async def _fee_line(db: AsyncConnection, refund_line_id: UUID) -> Row[Any]:
    """A refund line with its fee's pay code. Conflict where it is not approved as 非税退付."""
    row = (
        await db.execute(
            select(
                refund_line.c.way, refund_line.c.state, refund_line.c.amount_fen.label("wanted_fen"), refund.c.reason,
                bill.c.region, pay_code,
            )
            .join(refund, refund.c.id == refund_line.c.refund_id)
            .join(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
            .join(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
            .join(bill, bill.c.id == refund.c.bill_id)
            .where(refund_line.c.id == refund_line_id)
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("该退款明细没有对应的缴款码。There is no fee line of a refund with this id.")
    if row.way != papers.NON_TAX or row.state != "approved":
        raise Conflict(
            "只有已批准的非税退付才能冲红。A red letter is issued for an approved non-tax refund line only; "
            f"this one is {row.state}, by {row.way or 'no way yet'}."
        )
    return row


def _black(row: Row[Any]) -> FiscalReceipt:
    return FiscalReceipt(
        row.receipt_code, row.receipt_number, row.receipt_check_code, row.receipt_issued_on, row.amount_fen
    )


async def _issue(office: Office, letter_id: UUID, refund_line_id: UUID, actor: Actor) -> None:
    """Has the platform take the receipt back; under the line's id it issues one, however often it is asked."""
    async with office.database.connect() as db:
        row = await _fee_line(db, refund_line_id)
    wish = RedLetter(_black(row), row.wanted_fen, row.reason, str(refund_line_id))
    issued = await office.institutions[row.region].fiscal_papers.red_letter(wish)
    values = {
        "id": new_id(),
        "pay_code_id": row.id,
        "refund_line_id": refund_line_id,
        "code": issued.code,
        "number": issued.number,
        "check_code": issued.check_code,
        "issued_on": issued.issued_on,
        "amount_fen": issued.amount_fen,
        "issued_by": actor.name,
        "issued_at": clock.now(),
    }
    async with office.database.begin() as db:
        state = await db.scalar(select(red_letter.c.state).where(red_letter.c.id == letter_id).with_for_update())
        if state == "approved":
            kept = upsert(red_receipt).values(values).on_conflict_do_nothing(index_elements=["refund_line_id"])
            await db.execute(kept)
            await red_letters.advance(db, letter_id, "approved", "issue")
