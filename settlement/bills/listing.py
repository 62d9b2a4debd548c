"""Bills among others: found by a number, or listed for a queue, of one window or of a whole region."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from foundation.errors import NotFound
from foundation.identifiers import BILL_NUMBER_LENGTH, checked_bill_number
from foundation.sealing import masked_name
from settlement.bills.tables import bill, party
from settlement.office import Office

QUEUE_MAX = 200


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill in a list; the names of its parties masked."""

    id: UUID
    number: str
    case_number: str
    state: str
    amount_fen: int
    created_at: datetime
    parties: tuple[str, ...]


async def find_bill(office: Office, region: str | None, text: str, window: str | None = None) -> UUID:
    """The bill with a bill number or case number, of one window or of all.

    NotFound names what was looked for, BadInput a mistyped number.
    """
    same = (bill.c.number == text) | (bill.c.case_number == text)
    wanted = select(bill.c.id).where(same).order_by(bill.c.created_at.desc()).limit(1)
    if region is not None:
        wanted = wanted.where(bill.c.region == region)
    if window is not None:
        wanted = wanted.where(bill.c.window_code == window)
    async with office.database.connect() as db:
        found: UUID | None = await db.scalar(wanted)
    if found is None:
        if text.isdecimal() and len(text) == BILL_NUMBER_LENGTH:
            checked_bill_number(text)  # a slip of the finger is told apart from a bill that is not there
        raise NotFound(f"no bill has the number or case number {text!r}")
    return found


async def list_bills(
    office: Office, region: str, states: Sequence[str] = (), window: str | None = None
) -> list[BillRow]:
    """The newest bills of a region, at most QUEUE_MAX, of some states or of all, of one window or of all."""
    wanted = select(bill).where(bill.c.region == region).order_by(bill.c.created_at.desc()).limit(QUEUE_MAX)
    if states:
        wanted = wanted.where(bill.c.state.in_(states))
    if window is not None:
        wanted = wanted.where(bill.c.window_code == window)
    async with office.database.connect() as db:
        rows = (await db.execute(wanted)).all()
        of_these = select(party).where(party.c.bill_id.in_([row.id for row in rows]))
        people = (await db.execute(of_these.order_by(party.c.side, party.c.ordinal))).all()
    names: dict[UUID, list[str]] = {}
    for one in people:
        names.setdefault(one.bill_id, []).append(masked_name(office.seal.open(one.name_sealed, "party.name")))
    return [
        BillRow(
            row.id,
            row.number,
            row.case_number,
            row.state,
            row.amount_fen,
            row.created_at,
            tuple(names.get(row.id, ())),
        )
        for row in rows
    ]
