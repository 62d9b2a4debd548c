"""Shows who the parties are, unmasked, to a person with a reason; each look is recorded and cannot be unmade."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, String, Table, Text, Uuid, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput
from foundation.identifiers import new_id
from settlement.bills.tables import party
from settlement.office import Actor, Office

_REASON_MIN = 4

reveal = Table(
    "reveal",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("actor", Text),
    Column("subject", Uuid),
    Column("what", String(64)),
    Column("reason", Text),
    Column("at", DateTime(timezone=True)),
)


@dataclass(frozen=True, slots=True)
class Revealed:
    """A party as written on the document."""

    side: str
    name: str
    identity_kind: str
    identity: str


async def reveal_parties(office: Office, bill_id: UUID, actor: Actor, reason: str) -> list[Revealed]:
    """The parties of a bill, after the look was recorded. BadInput without a reason that says something."""
    async with office.database.begin() as db:
        rows = (await db.execute(select(party).where(party.c.bill_id == bill_id).order_by(party.c.ordinal))).all()
        await record_reveal(db, actor, bill_id, "parties", reason)
    return [
        Revealed(
            row.side,
            office.seal.open(row.name_sealed, "party.name"),
            row.identity_kind,
            office.seal.open(row.identity_sealed, "party.identity"),
        )
        for row in rows
    ]


async def record_reveal(db: AsyncConnection, actor: Actor, subject: UUID, what: str, reason: str) -> None:
    """Records who looks at what, and why. BadInput without a reason that says something."""
    if len(reason.strip()) < _REASON_MIN:
        raise BadInput("reason", reason, f"at least {_REASON_MIN} characters that say why the data is needed")
    seen = {"id": new_id(), "actor": actor.name, "subject": subject, "what": what, "reason": reason.strip()}
    await db.execute(insert(reveal).values(**seen, at=clock.now()))
