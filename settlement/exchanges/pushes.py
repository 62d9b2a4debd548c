"""What institutions push: kept word for word first, applied once, whatever it is.

Fees that arrived move on by `settlement.allocation.pushed_fees`; days of networks are kept here.
"""

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import HeyiError
from foundation.identifiers import new_id
from settlement.cases import open_case
from settlement.exchanges.tables import network_day, pushed
from settlement.office import Office
from settlement.ports.pushes import DayTurned


@dataclass(frozen=True, slots=True)
class Pushed:
    """A message as it came: from which network and address, its number, and the event that it is (None: unreadable)."""

    region: str
    network: str
    message: str
    source: str
    raw: bytes
    event_key: str | None


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """What became of it: applied, duplicate, unknown, conflicting, bad_signature. Only the first two are a yes."""

    name: str
    detail: str

    @property
    def is_good(self) -> bool:
        """Whether the sender may forget it."""
        return self.name in ("applied", "duplicate")


async def was_applied(db: AsyncConnection, one: Pushed) -> bool:
    """Whether the same event was applied before."""
    same = (pushed.c.region == one.region) & (pushed.c.network == one.network) & (pushed.c.event_key == one.event_key)
    return await db.scalar(select(pushed.c.id).where(same, pushed.c.outcome == "applied")) is not None


async def keep(office: Office, db: AsyncConnection, one: Pushed, outcome: PushOutcome) -> PushOutcome:
    """Stores a message with what became of it."""
    await db.execute(
        insert(pushed).values(
            id=new_id(),
            region=one.region,
            network=one.network,
            message=one.message,
            event_key=one.event_key,
            source=one.source,
            raw_sealed=office.seal.close(one.raw.decode("latin-1"), "pushed_message"),
            outcome=outcome.name,
            detail=outcome.detail,
            received_at=clock.now(),
        )
    )
    return outcome


async def refuse(office: Office, one: Pushed, error: HeyiError) -> PushOutcome:
    """Forged or unreadable: kept, and counted into one case per source and day."""
    today = clock.today()
    async with office.database.begin() as db:
        await open_case(
            db,
            region=one.region,
            kind="S-forged",
            fingerprint=f"S-forged:{one.network}:{one.source}:{today}",
            amount_fen=0,
            reason=f"收到无法验证的 {one.network} 报文，来源 {one.source}：{error.detail}。"
            f"Messages that cannot be verified came from {one.source}.",
            facts={"source": one.source, "last_detail": error.detail},
            business_day=today,
        )
        return await keep(office, db, one, PushOutcome("bad_signature", error.detail))


async def hear_day(office: Office, one: Pushed, said: DayTurned) -> PushOutcome:
    """A network turned its day, or closed, or opened. A word older than the last one changes nothing."""
    async with office.database.begin() as db:
        if await was_applied(db, one):
            return await keep(office, db, one, PushOutcome("duplicate", f"{said.message_id} came before"))
        fresh = {"day": said.day, "phase": said.phase.value, "said_at": clock.now()}
        new = upsert(network_day).values(region=one.region, network=one.network, **fresh)
        wrote = await db.execute(
            new.on_conflict_do_update(
                index_elements=["region", "network"], set_=fresh, where=network_day.c.day <= said.day
            )
        )
        if not wrote.rowcount:
            return await keep(office, db, one, PushOutcome("conflicting", f"{said.day} is over already"))
        return await keep(office, db, one, PushOutcome("applied", f"{said.day} {said.phase}"))
