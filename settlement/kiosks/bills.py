"""The bills of the person who stands before a kiosk: what they have to pay, and what they have paid lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, select

from foundation import clock
from foundation.errors import NotFound
from settlement.bills.tables import bill, party, share
from settlement.kiosks.visiting import Visit
from settlement.office import Office

SHOWN_FOR = timedelta(days=90)
LISTED_MAX = 20
_WAITING = ("confirmed", "part_paid")
_PAID = ("paid", "settled", "cleared")


@dataclass(frozen=True, slots=True)
class OwnBill:
    """A bill in which the person is a party, by their side; in fen what that side pays, and what of it is due."""

    id: UUID
    number: str
    unit_code: str
    state: str
    side: str
    amount_fen: int
    due_fen: int
    confirmed_at: datetime | None


async def bills_of(office: Office, visit: Visit) -> Sequence[OwnBill]:
    """What is due first, then what was paid lately; the newest first, at most LISTED_MAX."""
    due = case(((share.c.state == "due") & bill.c.state.in_(_WAITING), share.c.amount_fen), else_=0)
    due_fen, amount_fen = func.coalesce(func.sum(due), 0), func.coalesce(func.sum(share.c.amount_fen), 0)
    theirs = (
        select(party.c.bill_id, party.c.side)
        .where(party.c.identity_digest == visit.identity_digest)
        .distinct()
        .subquery()
    )
    lately = bill.c.state.in_(_PAID) & (bill.c.created_at > clock.now() - SHOWN_FOR)
    wanted = (
        select(
            bill.c.id, bill.c.number, bill.c.unit_code, bill.c.state, theirs.c.side, bill.c.confirmed_at,
            amount_fen.label("amount_fen"), due_fen.label("due_fen"),
        )
        .join(theirs, theirs.c.bill_id == bill.c.id)
        .outerjoin(share, (share.c.bill_id == bill.c.id) & (share.c.payer == theirs.c.side))
        .where(bill.c.region == visit.region, bill.c.state.in_(_WAITING) | lately)
        .group_by(bill.c.id, theirs.c.side)
        .order_by((due_fen > 0).desc(), bill.c.created_at.desc())
        .limit(LISTED_MAX)
    )  # fmt: skip
    async with office.database.connect() as db:
        rows = (await db.execute(wanted)).mappings().all()
    return [OwnBill(**{**row, "amount_fen": int(row["amount_fen"]), "due_fen": int(row["due_fen"])}) for row in rows]


async def own_side(office: Office, visit: Visit, bill_id: UUID) -> str:
    """The side on which the person stands in a bill, that which owes first. NotFound where the bill is not theirs."""
    found = [one for one in await bills_of(office, visit) if one.id == bill_id]
    if not found:
        raise NotFound("没有这笔业务。There is no such bill.")
    return max(found, key=lambda one: one.due_fen).side
