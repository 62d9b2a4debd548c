"""Settles what was paid as it was owed, as a set, by one statement (settle_paid.sql).

States, ledger, follow-ups and the letters themselves: whoever calls this outside a transaction has one round trip and
one commit for all of it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

import asyncpg

from foundation import clock
from foundation.identifiers import new_id
from foundation.money import yuan
from foundation.states import Machine
from ledger import DayClosed, Entry, EntryKind, first_open_day_on, refusal
from settlement import postings
from settlement.allocation.tables import allocation_lines
from settlement.bills.tables import bills, shares
from settlement.follow_ups import ALLOCATE
from settlement.office import Office
from settlement.payments.letters import Letter
from settlement.payments.outcomes import Outcome
from settlement.payments.tables import channel_orders, payment_codes
from settlement.ports.channel import Answer, Proof

Path = Literal["notification", "query", "file"]

_SETTLE = "SELECT places, reason, facts FROM settle_paid($1, $2, $3, $4, $5, $6, $7)"
_EVENTS: tuple[tuple[Machine, tuple[str, ...]], ...] = (
    (channel_orders, ("pay", "time_over")),
    (shares, ("pay",)),
    (allocation_lines, ("pay",)),
    (bills, ("share_paid", "last_share_paid")),
    (payment_codes, ("last_share_paid", "rest", "paid_after_all")),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A proof, the region whose business it should be, the path by which we heard, and the letter if there was one.

    A letter that is given is stored with what it settles; without, whoever calls stores it.
    """

    region: str
    proof: Proof
    path: Path
    letter: Letter | None = None


async def settle(
    office: Office, connection: asyncpg.Connection, heard: Sequence[Heard], quiet: bool = False
) -> list[Outcome | None]:
    """Settles each proof that pays an open order of its region as it was owed; None for every other one.

    All of it happened when this returns, or nothing. On a connection outside any transaction it is committed then.
    What counts for a closed day is posted on the first open one. With `quiet` nobody hears of the follow-ups until
    the caller wakes them (`foundation.waking`).
    """
    applied = {place: _applied(one.proof) for place, one in enumerate(heard) if one.proof.answer is Answer.paid}
    paid = list(applied)
    if not paid:
        return [None] * len(heard)
    moved_on: dict[tuple[str, date], date] = {}
    while True:
        entries = [_entry(office, heard[place], moved_on) for place in paid]
        accounts: dict[str, int] = {}  # the few that all of them move, and their places
        rows = [_row(heard[place], applied[place], entry, accounts) for place, entry in zip(paid, entries, strict=True)]
        kind = EntryKind.payment_received.value
        found = await connection.fetchrow(
            _SETTLE, rows, list(accounts), _rules(), ALLOCATE, kind, clock.instant(), quiet
        )
        places = [place - 1 for place in found["places"] or ()]
        if found["reason"] is None:
            break
        error = refusal(entries[places[0]], found["reason"], found["facts"])
        if not isinstance(error, DayClosed):
            raise error
        region, day = error.facts["region"], error.facts["effective_on"]
        moved_on[region, day] = await first_open_day_on(connection, region, day)
    settled = {paid[place] for place in places}
    return [applied[place] if place in settled else None for place in range(len(heard))]


def _entry(office: Office, one: Heard, moved_on: dict[tuple[str, date], date]) -> Entry:
    """Money counts on the channel's day, which turns at 23:00; `moved_on` says where a closed day's goes instead."""
    day = one.proof.clearing_day or clock.today()
    day = moved_on.get((one.region, day), day)
    return postings.paid(office.region(one.region), one.proof.order_id, day, one.proof.amount_fen or 0)


def _row(one: Heard, outcome: Outcome, entry: Entry, accounts: dict[str, int]) -> tuple[Any, ...]:
    """A proof_of_payment, as settle_paid.sql declares it; an account that is new gets the next place of `accounts`."""
    proof, letter, transfer = one.proof, one.letter, entry.transfers[0]
    stored = (new_id(), letter.source, letter.raw, letter.event_key, outcome.detail) if letter else (None,) * 5
    return (
        one.region,
        proof.channel,
        proof.merchant,
        proof.order_id,
        proof.started_at,
        proof.amount_fen,
        proof.query_id,
        proof.trace_no,
        proof.clearing_day,
        one.path,
        entry.key,
        entry.digest(),
        entry.effective_on,
        entry.reference,
        accounts.setdefault(transfer.debit, len(accounts) + 1),
        accounts.setdefault(transfer.credit, len(accounts) + 1),
        *stored,
    )


def _applied(proof: Proof) -> Outcome:
    return Outcome("applied", f"paid, {yuan(proof.amount_fen or 0)} yuan under {proof.query_id}")


@cache
def _rules() -> str:
    """What can become of what, as the machines have it: machine -> event -> from -> to, as JSON."""
    return json.dumps(
        {
            machine.name: {
                event: {rule.source: rule.target for rule in machine.rules if rule.event == event} for event in events
            }
            for machine, events in _EVENTS
        }
    )
