"""Evidence: a day's head over all chains and entries, and the proof that one entry is under it.

A day is sealed in two steps. The cut fixes which batches of each lane the day covers: all that are committed and
not covered yet; what is committed later belongs to the next day. Then the head is computed over the cut and kept.
The head goes into the day's report; with it, anyone can check a proof without us.
"""

from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import raw
from foundation.errors import Conflict, NotFound
from ledger.merkle import path_to, root_by_path, root_of

FIRST_HEAD = sha256(b"heyi ledger days").digest()
"""Stands where the first sealed day names its predecessor."""

_HEAD_LINES = 8  # of an entry's canonical form; its transfers follow


@dataclass(frozen=True, slots=True)
class LaneEnd:
    """The last batch of a lane that a day covers."""

    lane: int
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class DayHead:
    """What a day's head is made of."""

    day: date
    previous: bytes
    lanes: tuple[LaneEnd, ...]
    entries: int
    root: bytes

    def head(self) -> bytes:
        """sha256 over the lines of the head: predecessor, day, each lane's end, number of entries, Merkle root."""
        lines = [self.previous.hex(), self.day.isoformat()]
        lines += [f"{end.lane} {end.seq} {end.hash.hex()}" for end in self.lanes]
        lines += [str(self.entries), self.root.hex()]
        return sha256("".join(f"{line}\n" for line in lines).encode()).digest()

    def over(self, leaves: list[bytes]) -> "DayHead":
        """The same day made again over these entries."""
        return replace(self, entries=len(leaves), root=root_of(leaves))


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the book of a day: its canonical form, its place in the tree, and the way to the head."""

    entry: bytes
    index: int
    path: tuple[bytes, ...]
    day: DayHead

    @property
    def regions(self) -> frozenset[str]:
        """The regions whose accounts the entry names; none for an entry that voids a hold."""
        transfers = self.entry.decode().splitlines()[_HEAD_LINES:]
        return frozenset(code.partition(":")[0] for line in transfers for code in line.split(" ")[:2])

    def holds(self, published_head: bytes) -> bool:
        """Whether the entry is under the published head. Needs nothing but this proof and the head."""
        leaf = sha256(b"\0" + self.entry).digest()
        root = root_by_path(leaf, self.index, self.day.entries, self.path)
        return root == self.day.root and self.day.head() == published_head


async def seal_day(db: AsyncConnection, day: date) -> DayHead:
    """Seals a day, once; sealing it again answers the same head. Days are sealed in order.

    Raises `Conflict` when a later day is sealed already.
    """
    connection = await raw(db)
    await connection.execute("SELECT ledger.cut_day($1)", day)  # whoever seals at the same time waits here
    sealed = await _found_head(db, day)
    if sealed:
        return sealed
    later = await db.scalar(text("SELECT min(day) FROM ledger.day_head WHERE day > :day"), {"day": day})
    if later:
        raise Conflict(f"{later} is sealed already; {day} cannot be sealed before it", day=day)
    leaves = await leaves_of(db, day)
    previous = await db.scalar(text("SELECT head FROM ledger.day_head ORDER BY day DESC LIMIT 1"))
    made = DayHead(day, previous or FIRST_HEAD, await _lanes(db, day), len(leaves), root_of(leaves))
    await connection.execute(
        "SELECT ledger.seal_day($1, $2, $3, $4, $5, $6)",
        day,
        made.previous,
        made.entries,
        made.root,
        made.head(),
        clock.now(),
    )
    return made


async def seal_up_to(db: AsyncConnection, day: date) -> DayHead:
    """Seals a day; where a later one is sealed already, the newest head, under which the day's entries are as well.

    For regions that end the same day one after the other, or an earlier day late.
    """
    newest = await db.scalar(text("SELECT max(day) FROM ledger.day_head"))
    return await day_head(db, newest) if newest and newest > day else await seal_day(db, day)


async def prove(db: AsyncConnection, key: UUID) -> Proof:
    """The proof for an entry of a sealed day. Raises `NotFound` for an unknown key or a day not yet sealed."""
    found = (await db.execute(text(_PLACE), {"key": key})).one_or_none()
    if found is None:
        raise NotFound(f"there is no entry {key} in a sealed day; seal the day first", key=key)
    day, digest, canonical = found
    sealed = await day_head(db, day)
    leaves = await leaves_of(db, day)
    index = leaves.index(digest)
    return Proof(bytes(canonical), index, tuple(path_to(leaves, index)), sealed)


async def day_head(db: AsyncConnection, day: date) -> DayHead:
    """A sealed day's head. Raises `NotFound`."""
    sealed = await _found_head(db, day)
    if sealed is None:
        raise NotFound(f"{day} is not sealed; seal it first", day=day)
    return sealed


async def _found_head(db: AsyncConnection, day: date) -> DayHead | None:
    row = (
        await db.execute(text("SELECT previous, entries, root FROM ledger.day_head WHERE day = :day"), {"day": day})
    ).one_or_none()
    return DayHead(day, bytes(row[0]), await _lanes(db, day), row[1], bytes(row[2])) if row else None


async def _lanes(db: AsyncConnection, day: date) -> tuple[LaneEnd, ...]:
    rows = await db.execute(
        text("""
            SELECT cut.lane, cut.last_seq, batch.hash
            FROM ledger.day_cut cut JOIN ledger.batch ON batch.lane = cut.lane AND batch.seq = cut.last_seq
            WHERE cut.day = :day ORDER BY cut.lane
        """),
        {"day": day},
    )
    return tuple(LaneEnd(lane, seq, bytes(link)) for lane, seq, link in rows)


async def leaves_of(db: AsyncConnection, day: date) -> list[bytes]:
    """The digests of a day's entries, by lane, batch and entry."""
    rows = await db.execute(text(_LEAVES), {"day": day})
    return [bytes(digest) for digest in rows.scalars()]


_LEAVES = """
    SELECT known.digest
    FROM ledger.day_cut cut
    JOIN ledger.batch ON batch.lane = cut.lane AND batch.seq BETWEEN cut.first_seq AND cut.last_seq
    JOIN ledger.every_entry entry ON entry.id BETWEEN batch.id * 8192 AND batch.id * 8192 + 8191
    JOIN ledger.entry_key known ON known.key = entry.key
    WHERE cut.day = :day ORDER BY batch.lane, batch.seq, entry.id
"""

_PLACE = """
    SELECT cut.day, known.digest, made.form
    FROM ledger.entry_key known
    JOIN ledger.every_entry entry ON entry.id = known.entry_id AND entry.effective_on = known.effective_on
    JOIN ledger.batch ON batch.id = entry.id / 8192
    JOIN ledger.day_cut cut ON cut.lane = batch.lane AND batch.seq BETWEEN cut.first_seq AND cut.last_seq
    JOIN LATERAL ledger.canonical_forms(known.entry_id, known.entry_id) AS made ON true
    WHERE known.key = :key
"""
