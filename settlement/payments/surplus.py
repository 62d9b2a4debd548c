"""Money that came and that no share waits for: late, a second time, or of another amount.

It is in the book from the first moment, as surplus (长款), and opens a case; its way out is a refund by two people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.identifiers import new_id
from ledger import open_accounts, post_on_open_days
from settlement import postings
from settlement.cases import office_case, open_case
from settlement.cases.reading import number_of
from settlement.joint.tables import joint_order
from settlement.office import Office
from settlement.payments.locking import LockedOrder
from settlement.payments.tables import channel_order, surplus_payment
from settlement.ports.channel import Proof

CASE_KIND = {"late": "P-3", "again": "P-6"}


@dataclass(frozen=True, slots=True)
class Surplus:
    """What makes money a surplus: late, again or other_amount; and the sentence of its case.

    `parts` says with whom it is, where it is not the whole of what was ordered.
    """

    kind: str
    reason: str
    parts: Sequence[Mapping[str, Any]] | None = None


async def is_held(db: AsyncConnection, proof: Proof) -> bool:
    """Whether this very payment is held as surplus already."""
    same = (surplus_payment.c.channel == proof.channel) & (surplus_payment.c.query_id == proof.query_id)
    return await db.scalar(select(surplus_payment.c.id).where(same)) is not None


async def hold(office: Office, db: AsyncConnection, order: LockedOrder, proof: Proof, why: Surplus) -> UUID:
    """Books a payment as surplus and opens its case; gives its id. The bill is locked by the caller."""
    region, came = office.region(order["region"]), proof.amount_fen or 0
    day = proof.clearing_day or clock.today()
    case_id = await open_case(
        db,
        region=order["region"],
        kind=case_kind(why.kind, came, order["amount_fen"]),
        fingerprint=f"{case_kind(why.kind, came, order['amount_fen'])}:{order['channel']}:{proof.query_id}",
        amount_fen=came,
        bill_id=order["bill_id"],
        business_day=clock.today(),
        reason=why.reason,
        facts={"order_id": order["order_id"], "query_id": proof.query_id, "first": order["query_id"]},
    )
    parts = why.parts or divided(await _ordered(db, order), came, order["merchant"])
    surplus_id = new_id()
    await db.execute(
        insert(surplus_payment).values(
            id=surplus_id,
            region=order["region"],
            bill_id=order["bill_id"],
            order_id=order["id"],
            kind=why.kind,
            channel=proof.channel,
            query_id=proof.query_id,
            trace_no=proof.trace_no,
            clearing_day=day,
            amount_fen=came,
            parts=list(parts),
            case_id=case_id,
            received_at=clock.now(),
        )
    )
    await open_accounts(db, [postings.in_transit(region), postings.surplus(region)])
    await post_on_open_days(db, [postings.surplus_paid(region, surplus_id, f"order {order['order_id']}", day, came)])
    return surplus_id


@dataclass(frozen=True, slots=True)
class Extra:
    """A surplus payment as its payer is told of it: late, again or other_amount, and the number of its case."""

    kind: str
    amount_fen: int
    case_number: str


async def surplus_of_bill(db: AsyncConnection, bill_id: UUID) -> list[Extra]:
    """The surplus payments of a bill, the first first."""
    rows = await db.execute(
        select(surplus_payment.c.kind, surplus_payment.c.amount_fen, office_case.c.no)
        .join(office_case, office_case.c.id == surplus_payment.c.case_id)
        .where(surplus_payment.c.bill_id == bill_id)
        .order_by(surplus_payment.c.received_at)
    )
    return [Extra(row.kind, row.amount_fen, number_of(row.no)) for row in rows]


async def _ordered(db: AsyncConnection, order: LockedOrder) -> list[dict[str, Any]]:
    """How an order, of one share or of many, divides among the receivers."""
    table = joint_order if "attempt_id" in order else channel_order
    found = select(table.c.parts).where(table.c.order_id == order["order_id"])
    return list((await db.execute(found)).scalar_one())


def case_kind(kind: str, came_fen: int, ordered_fen: int) -> str:
    """The kind of the case: late, a second time, more than was ordered, or less."""
    return CASE_KIND.get(kind) or ("P-10" if came_fen > ordered_fen else "P-11")


def divided(parts: list[dict[str, Any]], came_fen: int, merchant: str) -> list[dict[str, Any]]:
    """With whom the money is: as ordered, where as much came; what is beyond stays with the merchant itself.

    Of less than was ordered nothing is known, and so it is asked back from the merchant.
    """
    over = came_fen - sum(part["amount_fen"] for part in parts)
    if over < 0:
        return [{"receiver": merchant, "amount_fen": came_fen}]
    return [*parts, {"receiver": merchant, "amount_fen": over}] if over else parts
