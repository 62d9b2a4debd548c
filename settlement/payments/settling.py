"""Settles paid orders as a set: states, ledger and follow-ups, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue, raw
from foundation.states import Machine, WrongState
from ledger import Entry, post
from settlement import postings
from settlement.allocation.tables import allocation_lines
from settlement.bills.tables import bills, shares
from settlement.follow_ups import ALLOCATE
from settlement.office import Office
from settlement.payments.tables import channel_orders, payment_codes
from settlement.ports.channel import Proof


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """A locked order, the proof that it was paid, and the path by which we heard."""

    order: Row[Any]
    proof: Proof
    path: str


async def settle(office: Office, db: AsyncConnection, paid: Sequence[PaidOrder]) -> None:
    """Moves orders, shares, allocation lines, bills and codes, posts the ledger and queues the follow-ups.

    The orders' bills are locked by the caller; each order is payable and its share due. The ledger comes last, since
    its accounts are the same for everybody and are locked from there to the commit.
    """
    if not paid:
        return
    connection = await raw(db)
    moved = await connection.fetchrow(
        _statement(),
        [one.order.id for one in paid],
        [one.proof.query_id for one in paid],
        [one.proof.trace_no for one in paid],
        [one.proof.clearing_day for one in paid],
        [one.path for one in paid],
        clock.now(),
        *_states(),
    )
    if (moved["orders"], moved["shares"]) != (len(paid), len(paid)):
        raise WrongState("an order or share was paid in the meantime; look again")
    await enqueue(db, ALLOCATE, sorted({str(one.order.bill_id) for one in paid}))
    await post(db, [_entry(office, one) for one in paid])


def _entry(office: Office, one: PaidOrder) -> Entry:
    day = one.proof.clearing_day or clock.today()  # money counts on the channel's day, which turns at 23:00
    return postings.paid(
        office.region(one.order.region), one.order.id, f"order {one.order.order_id}", day, one.order.amount_fen
    )


@cache
def _statement() -> str:
    return Path(__file__).with_name("settle_paid.sql").read_text(encoding="utf-8")


@cache
def _states() -> tuple[Any, ...]:
    """The states that the statement moves between, read from the machines."""
    return (
        *_move(channel_orders, "pay"),
        *_one_move(shares, "pay"),
        *_one_move(allocation_lines, "pay"),
        _move(bills, "last_share_paid")[0],
        _move(bills, "share_paid")[1],
        _move(bills, "last_share_paid")[1],
        *_move(payment_codes, "last_share_paid"),
    )


def _move(machine: Machine, event: str) -> tuple[list[str], str]:
    """From which states an event leads the system where."""
    rules = [rule for rule in machine.rules if rule.event == event and "system" in rule.who]
    (target,) = {rule.target for rule in rules}
    return [rule.source for rule in rules], target


def _one_move(machine: Machine, event: str) -> tuple[str, str]:
    (source,), target = _move(machine, event)
    return source, target
