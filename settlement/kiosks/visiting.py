"""A person at a kiosk says who they are, by a document or by typing, and is known there for as long as they stay.

Whether the number is not known here, or the name is another, is not told: nobody learns of anyone else's business.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict, NotFound
from foundation.identifiers import new_id
from settlement.bills.tables import bill, party
from settlement.identities import checked_identity
from settlement.kiosks.tables import kiosk_visit
from settlement.office import Office
from settlement.ports.card_reader import ReadDocument

IDLE = timedelta(minutes=3)
"""A visit of which nothing is heard for so long is over, whatever the kiosk itself does."""

TRIES_MAX = 5
TRIES_WITHIN = timedelta(minutes=10)
"""So many typed tries that find nobody, within so long, and a kiosk takes no more for a while."""

_UNIMPORTANT = re.compile(r"[\s·•・.]")


class NobodyFound(NotFound):
    """No bill here has such a party."""

    code = "nobody_found"


class TooManyTries(Conflict):
    """The kiosk was asked for too many people whom it does not know."""

    code = "too_many_tries"


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody before a kiosk who has said who they are."""

    id: UUID
    region: str
    kiosk: str
    identity_digest: bytes


async def begin_typed(office: Office, region: str, kiosk: str, kind: str, number: str, name: str) -> UUID:
    """Begins the visit of somebody who typed name and number; both must be those of a party of a bill here.

    BadInput for what cannot be such a document, NobodyFound otherwise, TooManyTries after several of these.
    """
    wanted = _plain(name)
    if not wanted:
        raise BadInput("name", None, "the name as on the document")
    digest = office.seal.digest(checked_identity(kind, number, "document"))
    async with office.database.begin() as db:
        await _not_too_often(db, region, kiosk)
        names = await _names(office, db, region, digest)
        found = wanted in names
        visit_id = await _begun(db, region, kiosk, "typed", digest if found else None)
    if not found:
        raise _nobody()
    return visit_id


async def begin_read(office: Office, region: str, kiosk: str, document: ReadDocument) -> UUID:
    """Begins the visit of somebody whose document was read. The chip proves whose it is, so tries are not counted."""
    digest = office.seal.digest(checked_identity(document.kind, document.number, "document"))
    async with office.database.begin() as db:
        found = bool(await _names(office, db, region, digest))
        visit_id = await _begun(db, region, kiosk, "read", digest if found else None)
    if not found:
        raise _nobody()
    return visit_id


async def visit_going_on(office: Office, visit_id: UUID, region: str, kiosk: str) -> Visit | None:
    """A visit to this very kiosk that is not over; being asked for, it is seen."""
    now = clock.now()
    going_on = (
        (kiosk_visit.c.id == visit_id)
        & (kiosk_visit.c.region == region)
        & (kiosk_visit.c.kiosk == kiosk)
        & kiosk_visit.c.over_at.is_(None)
        & (kiosk_visit.c.seen_at > now - IDLE)
    )
    async with office.database.begin() as db:
        seen = update(kiosk_visit).where(going_on).values(seen_at=now).returning(kiosk_visit.c.identity_digest)
        digest = await db.scalar(seen)
    return Visit(visit_id, region, kiosk, bytes(digest)) if digest is not None else None


async def end_visit(office: Office, visit_id: UUID) -> None:
    """Ends a visit and forgets whose it was."""
    async with office.database.begin() as db:
        this = update(kiosk_visit).where(kiosk_visit.c.id == visit_id, kiosk_visit.c.over_at.is_(None))
        await db.execute(this.values(over_at=clock.now(), identity_digest=None))


async def forget_old_visits(office: Office) -> int:
    """Ends visits that nobody ended, and forgets whose they were. Returns how many."""
    async with office.database.begin() as db:
        left = update(kiosk_visit).where(kiosk_visit.c.over_at.is_(None), kiosk_visit.c.seen_at <= clock.now() - IDLE)
        ended = await db.execute(left.values(over_at=clock.now(), identity_digest=None))
    return ended.rowcount


async def _names(office: Office, db: AsyncConnection, region: str, digest: bytes) -> set[str]:
    """How the holder of a document is called on the bills of a region."""
    rows = await db.scalars(
        select(party.c.name_sealed)
        .join(bill, bill.c.id == party.c.bill_id)
        .where(party.c.identity_digest == digest, bill.c.region == region)
    )
    return {_plain(office.seal.open(sealed, "party.name")) for sealed in rows}


async def _not_too_often(db: AsyncConnection, region: str, kiosk: str) -> None:
    await db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"kiosk:{region}:{kiosk}"))))
    in_vain = (
        (kiosk_visit.c.region == region)
        & (kiosk_visit.c.kiosk == kiosk)
        & (kiosk_visit.c.how == "typed")
        & kiosk_visit.c.identity_digest.is_(None)
        & (kiosk_visit.c.began_at > clock.now() - TRIES_WITHIN)
        & (kiosk_visit.c.over_at == kiosk_visit.c.began_at)
    )
    tries = await db.scalar(select(func.count()).where(in_vain))
    if (tries or 0) >= TRIES_MAX:
        raise TooManyTries(
            "查询次数过多，请稍后再试，或到窗口办理。Too many tries; please try again later, or go to the window."
        )


async def _begun(
    db: AsyncConnection, region: str, kiosk: str, how: Literal["read", "typed"], digest: bytes | None
) -> UUID:
    """A visit, or, over at once, the record of a try that found nobody."""
    visit_id, now = new_id(), clock.now()
    values = {"id": visit_id, "region": region, "kiosk": kiosk, "how": how, "began_at": now, "seen_at": now}
    over = None if digest is not None else now
    await db.execute(insert(kiosk_visit).values(**values, identity_digest=digest, over_at=over))
    return visit_id


def _nobody() -> NobodyFound:
    return NobodyFound(
        "没有查到与您有关的业务。请核对姓名和证件号码，或到窗口咨询。"
        "Nothing was found for you. Check name and number, or ask at the window."
    )


def _plain(name: str) -> str:
    """A name without what people write differently: blanks, the dots of foreign names, capitals."""
    return _UNIMPORTANT.sub("", name).casefold()
