"""Recomputing the whole book from its rows: what is wrong is named, row by row.

All readers look at one snapshot, so that a book in use can be verified; each check is one set-based query, and the
large ones run over ranges of entries, side by side.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.checks import CHECKS, RANGED_CHECKS, FindingKind
from ledger.evidence import FIRST_HEAD, day_head, leaves_of

_RANGE = 50_000
_BEYOND = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what kind of wrong, and where."""

    kind: FindingKind
    subject: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was read and what was found; a sound book has no findings."""

    batches: int
    entries: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Task:
    kind: FindingKind
    query: str
    bounds: dict[str, int]


async def verify(made: AsyncEngine, readers: int = 2) -> Report:
    """Verifies chains, contents, counters, day totals, trails, holds, reversals and day heads.

    Needs `readers` + 1 connections of the engine.
    """
    async with made.connect() as db:
        await db.execution_options(isolation_level="REPEATABLE READ")
        snapshot = await db.scalar(text("SELECT pg_export_snapshot()"))
        batches = await db.scalar(text("SELECT count(*) FROM ledger.batch"))
        entries = await db.scalar(text("SELECT count(*) FROM ledger.entry_key"))
        tasks = deque(_Task(kind, query, {}) for kind, query in CHECKS)
        for numbers, checks in RANGED_CHECKS.items():
            for first, last in await _ranges(db, numbers):
                tasks.extend(_Task(kind, query, {"first": first, "last": last}) for kind, query in checks)
        found = await asyncio.gather(_heads(db), *(_read(made, snapshot, tasks) for _ in range(readers)))
    findings = sorted((one for some in found for one in some), key=lambda one: (one.kind, one.subject))
    return Report(batches, entries, tuple(findings))


async def _ranges(db: AsyncConnection, numbers: str) -> list[tuple[int, int]]:
    """The first and the last number of each range of some 50,000 rows; together they leave nothing out."""
    starts: Any = await db.execute(
        text(f"""
            SELECT number FROM (
                SELECT number, row_number() OVER (ORDER BY number) AS place FROM ({numbers}) AS given (number)
            ) AS placed WHERE place % {_RANGE} = 0 ORDER BY number
        """)
    )
    bounds = [0, *starts.scalars(), _BEYOND]
    return [(first, after - 1) for first, after in pairwise(bounds)]


async def _read(made: AsyncEngine, snapshot: str, tasks: "deque[_Task]") -> list[Finding]:
    findings: list[Finding] = []
    async with made.connect() as db:
        await db.execution_options(isolation_level="REPEATABLE READ")
        await db.execute(text(f"SET TRANSACTION SNAPSHOT '{snapshot}'"))
        while tasks:
            task = tasks.popleft()
            rows = await db.execute(text(task.query), task.bounds)
            findings += [Finding(task.kind, str(subject)) for subject in rows.scalars()]
    return findings


async def _heads(db: AsyncConnection) -> list[Finding]:
    """The sealed days, each from its own batches and entries, and each on its predecessor."""
    findings: list[Finding] = []
    previous = FIRST_HEAD
    rows: Any = await db.execute(text("SELECT day, head FROM ledger.day_head ORDER BY day"))
    for day, head in rows.all():
        sealed = await day_head(db, day)
        if sealed.previous != previous:
            findings.append(Finding(FindingKind.day_off_its_predecessor, str(day)))
        made = sealed.over(await leaves_of(db, day))
        if made != sealed or made.head() != bytes(head):
            findings.append(Finding(FindingKind.day_head_differs, str(day)))
        previous = bytes(head)
    return findings
