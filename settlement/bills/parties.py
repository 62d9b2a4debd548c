"""Finds bills by what a person at the counter shows of themselves: the last four characters of their document."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.sealing import masked_name
from settlement.bills.tables import bill, party
from settlement.office import Office

TAIL = 4
_FOUND_MAX = 50


@dataclass(frozen=True, slots=True)
class PartyFound:
    """A party with such a document, masked, and the bill they stand on."""

    bill_id: UUID
    bill_number: str
    case_number: str
    state: str
    amount_fen: int
    side: str
    name: str


def tail_digest(office: Office, identity: str) -> bytes:
    """A keyed digest of the last four characters: it finds, and does not tell, them."""
    return office.seal.digest(f"tail:{identity[-TAIL:].upper()}")


async def find_by_tail(office: Office, db: AsyncConnection, region: str, tail: str) -> Sequence[PartyFound]:
    """The newest bills of a region with a party whose document ends so."""
    rows = await db.execute(
        select(bill, party.c.side, party.c.name_sealed)
        .join(party, party.c.bill_id == bill.c.id)
        .where(party.c.tail_digest == tail_digest(office, tail), bill.c.region == region)
        .order_by(bill.c.created_at.desc())
        .limit(_FOUND_MAX)
    )
    return [
        PartyFound(
            row.id,
            row.number,
            row.case_number,
            row.state,
            row.amount_fen,
            row.side,
            masked_name(office.seal.open(row.name_sealed, "party.name")),
        )
        for row in rows
    ]
