"""Settles paid orders as a set: states, ledger and follow-ups, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue, raw
from foundation.states import Rule, WrongState
from ledger import Entry, post_on_open_days
from settlement import postings
from settlement.allocation.tables import allocation_lines
from settlement.bills.tables import bills, shares
from settlement.follow_ups import ALLOCATE
from settlement.office import Office
from settlement.payments.tables import channel_orders, payment_codes
from settlement.ports.channel import Proof

LockedOrder = Mapping[str, Any]
"""An order with what hangs on it, as `locked_orders` reads it behind the lock of its bill."""

_LOCK = "SELECT id FROM bill WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
_BILLS = "SELECT DISTINCT bill_id FROM channel_order WHERE order_id = ANY($1::text[])"
_READ = """
    SELECT channel_order.*, share.state AS share_state, bill.state AS bill_state,
        code.id AS code, code.state AS code_state,
        (SELECT count(*) FROM share AS other WHERE other.bill_id = bill.id AND other.state = $2) AS shares_due
    FROM channel_order
    JOIN share ON share.id = channel_order.share_id
    JOIN bill ON bill.id = channel_order.bill_id
    LEFT JOIN payment_code AS code ON code.bill_id = bill.id AND code.state = ANY($3::text[])
    WHERE channel_order.order_id = ANY($1::text[])
"""


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """A locked order, the proof that it was paid, and the path by which we heard."""

    order: LockedOrder
    proof: Proof
    path: str


async def locked_orders(db: AsyncConnection, order_ids: Sequence[str]) -> list[LockedOrder]:
    """The orders of these numbers with share, bill and code, behind the locks of their bills.

    Everything that moves a bill takes the bill's row first; sets are locked in the order of their ids.
    """
    connection = await raw(db)
    of_bills = [row["bill_id"] for row in await connection.fetch(_BILLS, order_ids)]
    if not of_bills:
        return []
    await connection.execute(_LOCK, of_bills)
    live = [rule.source for rule in payment_codes.rules if rule.event == "last_share_paid"]
    return list(await connection.fetch(_READ, order_ids, shares.first, live))


async def settle(office: Office, db: AsyncConnection, paid: Sequence[PaidOrder]) -> None:
    """Moves orders, shares, allocation lines, bills and codes, posts the ledger and queues the follow-ups.

    Each order is payable and its share due, one order a share. The ledger comes last, since its accounts are the same
    for everybody and are locked from there to the commit.
    """
    if not paid:
        return
    bills_moved, whole = _bill_moves(paid)
    codes = [one.order for one in paid if one.order["bill_id"] in whole and one.order["code"] is not None]
    codes = list({order["code"]: order for order in codes}.values())
    moved = await (await raw(db)).fetchval(
        _statement(),
        [one.order["id"] for one in paid],
        [one.order["state"] for one in paid],
        channel_orders.rule("open", "pay", "system").target,
        [one.proof.query_id for one in paid],
        [one.proof.trace_no for one in paid],
        [one.proof.clearing_day for one in paid],
        [one.path for one in paid],
        [one.order["share_id"] for one in paid],
        *_ends(shares.rule(shares.first, "pay", "system")),
        *_ends(allocation_lines.rule("due", "pay", "system")),
        list(bills_moved),
        [rule.source for rule in bills_moved.values()],
        [rule.event for rule in bills_moved.values()],
        [rule.target for rule in bills_moved.values()],
        [bill_id in whole for bill_id in bills_moved],
        [order["code"] for order in codes],
        [order["code_state"] for order in codes],
        "last_share_paid",
        payment_codes.rule("live", "last_share_paid", "system").target,
        clock.now(),
        "pay",
    )
    if moved != 2 * len(paid) + len(bills_moved) + len(codes):
        raise WrongState("an order, share, bill or code was moved in the meantime; look again")
    await enqueue(db, ALLOCATE, sorted({str(one.order["bill_id"]) for one in paid}))
    await post_on_open_days(db, [_entry(office, one) for one in paid])


def _bill_moves(paid: Sequence[PaidOrder]) -> tuple[dict[UUID, Rule], set[UUID]]:
    """What becomes of each bill, and which are wholly paid now. One that stays partly paid does not move."""
    due = {one.order["bill_id"]: one.order["shares_due"] for one in paid}
    for one in paid:
        due[one.order["bill_id"]] -= 1
    whole = {bill_id for bill_id, left in due.items() if left == 0}
    states = {one.order["bill_id"]: one.order["bill_state"] for one in paid}
    moves = {
        bill_id: bills.rule(state, "last_share_paid" if bill_id in whole else "share_paid", "system")
        for bill_id, state in states.items()
        if bill_id in whole or state == "confirmed"
    }
    return moves, whole


def _entry(office: Office, one: PaidOrder) -> Entry:
    day = one.proof.clearing_day or clock.today()  # money counts on the channel's day, which turns at 23:00
    order = one.order
    return postings.paid(
        office.region(order["region"]), order["id"], f"order {order['order_id']}", day, order["amount_fen"]
    )


def _ends(rule: Rule) -> tuple[str, str]:
    return rule.source, rule.target


@cache
def _statement() -> str:
    return Path(__file__).with_name("settle_paid.sql").read_text(encoding="utf-8")
