"""May the title be registered? (契税法 art. 11, 个人所得税法 art. 15) Answered line by line, with what is missing.

Yes only where every tax line is certified or exempt and every fee line confirmed. What a mortgagee pays for their own
mortgage stands apart, and what an institution pays by the month comes with its statement. Older debts of a party, and
what a later assessment adds, do not block.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Result, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import NotFound
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, line, pay_code, voucher
from settlement.clearance.words import CERTIFICATE, GAPS, STATES, Gap, Said
from settlement.office import Office
from settlement.receipts.checking import checks_of
from settlement.refunds.tables import refund_line

APART = frozenset({"mortgagee"})
"""Who pays only for their own right, which a transfer does not wait for; alone on a bill they are the business."""

_ARRIVED = ("settled", "cleared")
_OPEN = ("confirmed", "part_paid", "paid")
"""States in which a bill is cleared where all that lacks is a share by the month."""

_BY_MONTH = ("due", "in_transit", "received")
"""Of a share by the month: what waits for its statement, or is on its way."""

_ORDER = ("returned", "planned", "due", "held", "sent_back", "in_transit", "received", "wrong_subject", "arrived")


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """A line: 'certified', 'exempt', 'confirmed', 'apart', 'by_month', or 'open'; what is missing, and what to do."""

    item: str
    payer: str
    amount_fen: int
    state: str
    proof: str | None
    missing: Said | None
    to_do: Said | None


@dataclass(frozen=True, slots=True)
class Stop:
    """What holds the whole bill, whatever its lines say."""

    missing: Said
    to_do: Said
    subject: str


@dataclass(frozen=True, slots=True)
class ClearanceAnswer:
    """The answer of one bill. `cleared` is the one word that counts; `not_blocking` names what was left aside."""

    bill_id: UUID
    bill_number: str
    case_number: str
    unit_code: str
    bill_state: str
    cleared: bool
    lines: tuple[LineAnswer, ...]
    stops: tuple[Stop, ...]
    not_blocking: tuple[str, ...]


async def may_register(office: Office, bill_id: UUID) -> ClearanceAnswer:
    """The answer as of now. NotFound where there is no such bill."""
    async with office.database.connect() as db:
        return await clearance_answer(office, db, bill_id)


async def clearance_answer(office: Office, db: AsyncConnection, bill_id: UUID) -> ClearanceAnswer:
    """The answer inside a transaction that the caller has open."""
    row = (await db.execute(select(bill).where(bill.c.id == bill_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no bill {bill_id}")
    checks = await checks_of(db, bill_id)
    known = {one.number for one in checks} if office.region(row.region).registry.verify_certificates else None
    lines = await _lines(db, bill_id, known, row.monthly_side)
    stops = [_stop(STATES[row.state], row.number)] if row.state in STATES else []
    stops += [_stop(CERTIFICATE, one.number) for one in checks if one.stops]
    added = await db.scalars(select(bill.c.number).where(bill.c.supplements == bill_id, bill.c.state != "withdrawn"))
    through = row.state in _ARRIVED or (row.monthly_side is not None and row.state in _OPEN)
    cleared = through and not stops and all(one.state != "open" for one in lines)
    return ClearanceAnswer(
        row.id, row.number, row.case_number, row.unit_code, row.state, cleared, lines, tuple(stops), tuple(added)
    )


async def _lines(
    db: AsyncConnection, bill_id: UUID, checked: set[str] | None, monthly: str | None
) -> tuple[LineAnswer, ...]:
    back = select(func.coalesce(func.sum(refund_line.c.amount_fen), 0)).where(
        refund_line.c.allocation_line_id == allocation_line.c.id, refund_line.c.state.in_(("approved", "done"))
    )
    rows: Result[Any] = await db.execute(
        select(
            line.c.ordinal,
            line.c.item,
            line.c.payer,
            line.c.amount_fen,
            allocation_line.c.state,
            allocation_line.c.leg,
            allocation_line.c.amount_fen.label("piece_fen"),
            voucher.c.certificate_number,
            pay_code.c.confirmation_no,
            pay_code.c.receipt_code,
            pay_code.c.receipt_number,
            back.scalar_subquery().label("back_fen"),
        )
        .outerjoin(allocation_line, allocation_line.c.line_id == line.c.id)
        .outerjoin(voucher, voucher.c.id == allocation_line.c.voucher_id)
        .outerjoin(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
        .where(line.c.bill_id == bill_id)
        .order_by(line.c.ordinal, allocation_line.c.id)
    )
    pieces: dict[int, list[Row[Any]]] = {}
    for row in rows.all():
        pieces.setdefault(row.ordinal, []).append(row)
    transfer = any(row.payer not in APART for of_line in pieces.values() for row in of_line)
    apart = APART if transfer else frozenset()
    return tuple(_line(of_line, checked, apart, monthly) for of_line in pieces.values())


def _line(pieces: list[Row[Any]], checked: set[str] | None, apart: frozenset[str], monthly: str | None) -> LineAnswer:
    """A line by its pieces: the one furthest behind speaks for all. `checked`: certificates looked up so far."""
    one = min(pieces, key=lambda piece: _ORDER.index(piece.state) if piece.state in _ORDER else -1)
    if one.amount_fen == 0:
        return LineAnswer(one.item, one.payer, 0, "exempt", "exempt", None, None)
    gap = _gap(pieces, one, checked)
    if gap is None:
        state = "certified" if one.leg == "tax" else "confirmed"
    elif one.payer == monthly and one.state in _BY_MONTH:
        state = "by_month"
    else:
        state = "apart" if one.payer in apart else "open"
    missing, to_do = (gap.missing, gap.to_do) if gap else (None, None)
    return LineAnswer(one.item, one.payer, one.amount_fen, state, _proof(one), missing, to_do)


def _gap(pieces: list[Row[Any]], one: Row[Any], checked: set[str] | None) -> Gap | None:
    if one.state != "arrived":
        return GAPS[one.state or "planned"]
    if any(piece.back_fen >= piece.piece_fen for piece in pieces):
        return GAPS["refunded"]
    if one.leg == "tax":
        if not one.certificate_number:
            return GAPS["no_certificate"]
        return None if checked is None or one.certificate_number in checked else GAPS["no_check"]
    return None if one.confirmation_no else GAPS["no_confirmation"]


def _proof(one: Row[Any]) -> str | None:
    if one.leg == "tax":
        return one.certificate_number and str(one.certificate_number)
    return f"{one.receipt_code}-{one.receipt_number}" if one.receipt_number else None


def _stop(gap: Gap, subject: str) -> Stop:
    return Stop(gap.missing, gap.to_do, subject)
