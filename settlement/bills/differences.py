"""What changed between a bill and the one before it of the same case: line by line, and fact by fact.

A case whose facts were wrong is withdrawn and taken in anew; the two bills share the number of the case.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.bills.tables import bill, line

Key = tuple[str, str]
"""An item and who owes it by law."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """What a line was and is, in fen; None where it was not there, or is there no more."""

    item: str
    payer: str
    old_fen: int | None
    new_fen: int | None

    @property
    def by_fen(self) -> int:
        """By how much it changed."""
        return (self.new_fen or 0) - (self.old_fen or 0)


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact by its path ('price.amount_fen') with what was and what is stored; None where nothing is."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """Two bills of one case: the numbers of both, their sums in fen, every line, and the facts that changed."""

    old_id: UUID
    old_number: str
    new_id: UUID
    new_number: str
    at: datetime
    old_fen: int
    new_fen: int
    lines: tuple[LineChange, ...]
    facts: tuple[FactChange, ...]


async def from_the_last(db: AsyncConnection, bill_id: UUID) -> Difference | None:
    """What changed since the case's bill before this one, or None for its first."""
    return await _between(db, bill_id, later=False)


async def in_the_next(db: AsyncConnection, bill_id: UUID) -> Difference | None:
    """What the case's bill after this one changed, or None where none came."""
    return await _between(db, bill_id, later=True)


async def amounts_of(db: AsyncConnection, bill_id: UUID) -> dict[Key, int]:
    """The amounts of a bill's lines in their order, in fen."""
    rows = await db.execute(select(line).where(line.c.bill_id == bill_id).order_by(line.c.ordinal))
    return {(row.item, row.payer): row.amount_fen for row in rows}


def changed_lines(old: Mapping[Key, int], new: Mapping[Key, int]) -> tuple[LineChange, ...]:
    """Every line of both, those of the new bill first."""
    keys = dict.fromkeys((*new, *old))
    return tuple(LineChange(item, payer, old.get((item, payer)), new.get((item, payer))) for item, payer in keys)


def changed_facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FactChange, ...]:
    """The facts of two transactions that are not the same."""
    before, after = dict(flat(old)), dict(flat(new))
    names = dict.fromkeys((*after, *before))
    return tuple(
        FactChange(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )


def flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The facts of a transaction by their paths; lists, which no form shows, are left out."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        elif not isinstance(value, Sequence) or isinstance(value, str):
            yield prefix + name, value


async def _between(db: AsyncConnection, bill_id: UUID, *, later: bool) -> Difference | None:
    here = (await db.execute(select(bill).where(bill.c.id == bill_id))).one()
    same_case = (bill.c.region == here.region) & (bill.c.case_number == here.case_number)
    beside = select(bill).where(same_case).limit(1)
    if later:
        beside = beside.where(bill.c.created_at > here.created_at).order_by(bill.c.created_at.desc())
    else:
        beside = beside.where(bill.c.created_at < here.created_at).order_by(bill.c.created_at.desc())
    there = (await db.execute(beside)).one_or_none()
    if there is None:
        return None
    old, new = (here, there) if later else (there, here)
    return await _difference(db, old, new)


async def _difference(db: AsyncConnection, old: Row[Any], new: Row[Any]) -> Difference:
    return Difference(
        old_id=old.id,
        old_number=old.number,
        new_id=new.id,
        new_number=new.number,
        at=new.created_at,
        old_fen=old.amount_fen,
        new_fen=new.amount_fen,
        lines=changed_lines(await amounts_of(db, old.id), await amounts_of(db, new.id)),
        facts=changed_facts(old.transaction, new.transaction),
    )
