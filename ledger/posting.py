"""Posting: batches of entries go into the book by one statement, in the caller's transaction."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import raw
from foundation.errors import HeyiError
from ledger.entries import Entry, Posted
from ledger.errors import BY_REASON, BatchTooLarge, CounterOverflow, KeyConflict, KindForbids

LARGEST_BATCH = 8_190
"""Entries, and transfers, in one batch; beyond it a batch gains nothing and holds hot accounts for long."""

_POST = """
    SELECT * FROM ledger.post(
        $1, $2::text::integer[], $3, $4, $5, $6, $7, $8, $9, $10, $11::text::integer[], $12::text::integer[],
        $13::text::integer[], $14::text::integer[], $15::text::bigint[], $16, $17
    )
"""
_BODY = ("kind", "effective_on", "reference", "reverses", "pending_until", "ends", "transfers")


async def post(db: AsyncConnection, entries: Sequence[Entry]) -> list[Posted]:
    """Posts all of the entries or none, and answers in their order.

    The same key with the same body answers the first result with `replayed` set. Raises the error of the first
    entry that is refused; nothing of the batch is then in the caller's transaction, which can go on.
    """
    return await post_all_on(await raw(db), entries)


async def post_each(db: AsyncConnection, entries: Sequence[Entry]) -> list[Posted | HeyiError]:
    """Posts each of the entries by itself: a refused one is answered by its error and harms no neighbour."""
    return await post_each_on(await raw(db), entries)


async def post_all_on(connection: asyncpg.Connection, entries: Sequence[Entry]) -> list[Posted]:
    """`post` on a driver's connection that is already in a transaction."""
    batch: dict[UUID, Entry] = {}
    for entry in entries:
        entry.check()
        twin = batch.setdefault(entry.key, entry)
        if twin is not entry and twin != entry:
            raise KeyConflict(entry.key, [name for name in _BODY if getattr(twin, name) != getattr(entry, name)])
    results = await _send(connection, list(batch.values()), each=False)
    for result in results:
        if isinstance(result, HeyiError):
            raise result
    return [answer for answer in _in_order(entries, batch, results) if isinstance(answer, Posted)]


async def post_each_on(connection: asyncpg.Connection, entries: Sequence[Entry]) -> list[Posted | HeyiError]:
    """`post_each` on a driver's connection that is already in a transaction."""
    answers: dict[int, Posted | HeyiError] = {}
    batch: dict[UUID, Entry] = {}
    now: list[int] = []
    later: list[int] = []  # its key is in this batch with another body: the book will say which is right
    for place, entry in enumerate(entries):
        try:
            entry.check()
        except HeyiError as fault:
            answers[place] = fault
        else:
            twin = batch.setdefault(entry.key, entry)
            (now if twin is entry or twin == entry else later).append(place)
    sent = list(batch.values())
    results = await _send(connection, sent, each=True)
    if len(sent) > 1:
        for place, result in enumerate(results):
            if isinstance(result, CounterOverflow):  # a batch overflows as a whole; alone, most entries will fit
                results[place] = (await _send(connection, [sent[place]], each=True))[0]
    if len(now) == len(entries):
        return _in_order(entries, batch, results)
    answers |= zip(now, _in_order([entries[place] for place in now], batch, results), strict=True)
    if later:
        answers |= zip(later, await post_each_on(connection, [entries[place] for place in later]), strict=True)
    return [answers[place] for place in range(len(entries))]


def _in_order(
    entries: Sequence[Entry], batch: dict[UUID, Entry], results: list[Posted | HeyiError]
) -> list[Posted | HeyiError]:
    """One answer per entry, from those to what was sent; the second of two equal entries is a replay of the first."""
    if len(entries) == len(batch):
        return results
    by_key = dict(zip(batch, results, strict=True))
    answers: list[Posted | HeyiError] = []
    answered: set[UUID] = set()
    for entry in entries:
        answer = by_key[entry.key]
        if isinstance(answer, Posted) and entry.key in answered:
            answer = replace(answer, replayed=True)
        answered.add(entry.key)
        answers.append(answer)
    return answers


async def _send(connection: asyncpg.Connection, entries: list[Entry], each: bool) -> list[Posted | HeyiError]:
    """One answer per entry; where not `each` and some are refused, theirs only."""
    if not entries:
        return []
    size = max(len(entries), sum([len(entry.transfers) for entry in entries]))
    if size > LARGEST_BATCH:
        raise BatchTooLarge("entries", size, f"at most {LARGEST_BATCH} entries, and transfers, in one batch")
    kinds: dict[str, int] = {}
    places: dict[str, int] = {}
    of_entry: list[int] = []
    lasts: list[int] = []
    debits: list[int] = []
    credits: list[int] = []
    amounts: list[int] = []
    for number, entry in enumerate(entries, 1):
        for transfer in entry.transfers:
            of_entry.append(number)
            debits.append(places.setdefault(transfer.debit, len(places) + 1))
            credits.append(places.setdefault(transfer.credit, len(places) + 1))
            amounts.append(transfer.amount_fen)
        lasts.append(len(amounts))
    rows = await connection.fetch(
        _POST,
        [entry.key for entry in entries],
        _numbers([kinds.setdefault(str(entry.kind), len(kinds) + 1) for entry in entries]),
        list(kinds),
        [entry.effective_on for entry in entries],
        [entry.reference for entry in entries],
        _or_none([entry.reverses for entry in entries]),
        _or_none([entry.pending_until for entry in entries]),
        _or_none([entry.ends for entry in entries]),
        [entry.digest() for entry in entries],
        list(places),
        _numbers(of_entry),
        _numbers(lasts),
        _numbers(debits),
        _numbers(credits),
        _numbers(amounts),
        clock.instant(),
        each,
    )
    if rows and rows[0]["n"] == 0:  # all are new
        first, recorded_at = rows[0]["entry_id"], rows[0]["recorded_at"]
        return [Posted(entry.key, number, recorded_at, False) for number, entry in enumerate(entries, first)]
    return [_result(entries[row["n"] - 1], row) for row in rows]


def _numbers(values: list[int]) -> str:
    """An array of numbers as PostgreSQL writes it: the driver would ask of each number whether it is a list itself."""
    return "{" + str(values)[1:-1] + "}"


def _or_none(values: list[Any]) -> list[Any] | None:
    """No array at all where no entry has a value: the posting function then skips what belongs to it."""
    return None if values.count(None) == len(values) else values


def _result(entry: Entry, row: asyncpg.Record) -> Posted | HeyiError:
    if row["outcome"] == "refused":
        return refusal(entry, row["reason"], row["facts"])
    return Posted(entry.key, row["entry_id"], row["recorded_at"], row["outcome"] == "replayed")


def refusal(entry: Entry, reason: str, facts: str) -> HeyiError:
    """The error that `ledger.post` means by a reason and its facts (JSON)."""
    told = json.loads(facts)
    if reason == "kind_forbids":
        return KindForbids(entry.key, entry.kind, **told)
    return BY_REASON[reason](entry.key, **told)
