"""An attempt of a joint payment at the channel: one order over every share that is still due.

Each share gets an order of its own beside it, which is never sent: nothing else can be started for the share while it
is open, and everything below (book, allocation, receipts) sees a share that was paid. Where the channel's limits do not
let all of it go at once, the attempt takes what fits and another follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, NotFound
from foundation.identifiers import new_id
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, share
from settlement.joint.asking import ask_about_attempt, open_attempt
from settlement.joint.finishing import finish, payable_members, with_share_and_bill
from settlement.joint.tables import joint_member, joint_order, joint_orders, joint_payment
from settlement.office import Office
from settlement.payments.lookup import TITLE, notify_address, order_of
from settlement.payments.orders import QUERY_AFTER, CodeNotPayable, divided, order_number
from settlement.payments.tables import channel_order, channel_orders, payment_code, payment_codes
from settlement.ports.channel import Order, Part, PaymentChannel, PaymentLink, PaymentStart
from settlement.regions import Region

SHARES_MAX = 1000
"""Shares that one order pays at most: they are settled in one commit."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A share with its pieces, (leg, fen) each, and the number under which it is paid."""

    row: Row[Any]
    pieces: tuple[tuple[str, int], ...]
    order_id: str


async def start_joint_payment(office: Office, token: str, return_to: str) -> PaymentStart:
    """How the payer gets to the channel with what is due of a joint payment.

    While an order is open and its time is not over the same one is shown again, so that a second press cannot pay
    twice. When its time is over the channel is asked first. CodeNotPayable says why nothing can be started.
    """
    payment_id = await _not_under_way(office, token)
    async with office.database.begin() as db:
        row = await _order_to_pay(office, db, payment_id)
    if row is None:
        raise CodeNotPayable("没有待缴的税费，请勿重复支付。Nothing is due any more; please do not pay again.")
    if row.link is not None:
        return PaymentLink(row.link)
    notify = notify_address(office, row.channel, row.region)
    start = await office.institutions[row.region].channel.start(order_of(row), return_to, notify)
    if isinstance(start, PaymentLink):
        async with office.database.begin() as db:
            await db.execute(update(joint_order).where(joint_order.c.id == row.id).values(link=start.address))
    return start


async def _not_under_way(office: Office, token: str) -> UUID:
    """Asks about an order whose time is over, so that it is either paid or out of the way; gives the payment's id."""
    async with office.database.connect() as db:
        payment_id: UUID | None = await db.scalar(select(joint_payment.c.id).where(joint_payment.c.token == token))
        if payment_id is None:
            raise NotFound(
                "没有这个缴款码，请核对或到窗口咨询。There is no such payment code; please ask at the window."
            )
        row = await open_attempt(db, payment_id)
    if row is not None and clock.now() >= row.pay_until:
        await ask_about_attempt(office, payment_id)
        async with office.database.connect() as db:
            if await open_attempt(db, payment_id) is not None:
                raise CodeNotPayable(
                    "上一次支付的结果银联还没有给出，请勿重复支付，稍后再看。"
                    "UnionPay has not settled your last payment yet; please do not pay again, look later."
                )
    return payment_id


async def _order_to_pay(office: Office, db: AsyncConnection, payment_id: UUID) -> Row[Any] | None:
    """The order that is open, or a new one behind the locks of all its bills; None where nothing is due any more."""
    of_it = select(joint_member.c.bill_id).where(joint_member.c.joint_payment_id == payment_id)
    await db.execute(select(bill.c.id).where(bill.c.id.in_(of_it)).order_by(bill.c.id).with_for_update())
    locked = select(joint_payment).where(joint_payment.c.id == payment_id).with_for_update()
    payment = (await db.execute(locked)).one()
    if await finish(db, payment_id) == "paid":
        return None
    if payment.state != "due" or clock.now() >= payment.pay_by:
        raise CodeNotPayable(
            "一并缴款已失效，请到窗口重新生成。This joint payment is no longer valid; ask the window for another one."
        )
    row = await open_attempt(db, payment_id)
    if row is not None:
        return row
    members = await _payable(db, payment_id)
    if not members:
        raise CodeNotPayable(
            "余下的税费正在逐单支付，请先等结果。What is left is being paid bill by bill; wait for the result first."
        )
    return await _new_attempt(office, db, payment, members)


async def _payable(db: AsyncConnection, payment_id: UUID) -> list[_Member]:
    """What can be paid now: due, and nothing under way for it at the channel."""
    of_share = channel_order.c.share_id == share.c.id
    tried = select(func.count(channel_order.c.id)).where(of_share).scalar_subquery()
    under_way = select(channel_order.c.id).where(of_share, channel_order.c.state == "open").exists()
    found = await db.execute(
        select(share, bill.c.number, tried.label("attempts"))
        .select_from(with_share_and_bill())
        .where(payable_members(payment_id), ~under_way)
        .order_by(bill.c.number, share.c.ordinal)
    )
    shares = found.all()
    line = allocation_line.c
    pieces: dict[UUID, list[tuple[str, int]]] = {one.id: [] for one in shares}
    for piece in await db.execute(select(line.share_id, line.leg, line.amount_fen).where(line.share_id.in_(pieces))):
        pieces[piece.share_id].append((piece.leg, piece.amount_fen))
    return [_Member(one, tuple(pieces[one.id]), order_number(one.number, one, one.attempts + 1)) for one in shares]


async def _new_attempt(office: Office, db: AsyncConnection, payment: Row[Any], members: Sequence[_Member]) -> Row[Any]:
    """Committed before the channel hears of it: an answer may come back sooner than we do."""
    region = office.region(payment.region)
    channel = office.institutions[payment.region].channel
    before = await db.scalar(select(func.count()).where(joint_order.c.joint_payment_id == payment.id))
    start = clock.now().replace(microsecond=0)
    until = start + timedelta(minutes=region.channel.pay_minutes)
    order_id = f"{payment.number}J{(before or 0) + 1:03d}"
    chosen, order = _fitting(channel, region, members, Order(order_id, start, 0, (), until, TITLE))
    attempt = {
        "id": new_id(),
        "region": payment.region,
        "channel": channel.name,
        "merchant": channel.merchant_of(order.parts),
        "started_at": start,
        "pay_until": until,
    }
    made = await db.execute(
        insert(joint_order)
        .values(
            **attempt,
            joint_payment_id=payment.id,
            order_id=order_id,
            amount_fen=order.amount_fen,
            parts=_written(order.parts),
            state=joint_orders.first,
            next_query_at=start + timedelta(minutes=QUERY_AFTER[0]),
            queries=0,
        )
        .returning(*joint_order.c)
    )
    row = made.one()
    codes = await _codes(db, {one.row.bill_id for one in chosen})
    shared = {**attempt, "joint_order_id": row.id, "state": channel_orders.first, "queries": 0}
    await db.execute(
        insert(channel_order),
        [
            {
                **shared,
                "id": new_id(),
                "bill_id": one.row.bill_id,
                "share_id": one.row.id,
                "code_id": codes[one.row.bill_id].id,
                "order_id": one.order_id,
                "amount_fen": one.row.amount_fen,
                "parts": _written(divided(region, one.pieces)),
            }
            for one in chosen
        ],
    )
    live = [code.id for code in codes.values() if code.state == "live"]
    await payment_codes.advance(db, live, "live", "start", reason=order_id)
    return row


def _fitting(
    channel: PaymentChannel, region: Region, members: Sequence[_Member], empty: Order
) -> tuple[list[_Member], Order]:
    """As many shares, from the first, as one order of the channel carries. BadInput where it carries not even one."""
    chosen: list[_Member] = []
    pieces: list[tuple[str, int]] = []
    order = empty
    for one in members[:SHARES_MAX]:
        more = Order(
            empty.order_id,
            empty.started_at,
            order.amount_fen + one.row.amount_fen,
            divided(region, (*pieces, *one.pieces)),
            empty.pay_until,
            empty.title,
        )
        try:
            channel.check(more)
        except BadInput:
            if not chosen:
                raise
            continue
        chosen.append(one)
        pieces += one.pieces
        order = more
    return chosen, order


async def _codes(db: AsyncConnection, bill_ids: set[UUID]) -> dict[UUID, Row[Any]]:
    """The newest code of each bill, whether it can still be paid by itself or not."""
    newest = select(payment_code).where(payment_code.c.bill_id.in_(bill_ids)).ext(distinct_on(payment_code.c.bill_id))
    found = await db.execute(newest.order_by(payment_code.c.bill_id, payment_code.c.issued_at.desc()))
    return {row.bill_id: row for row in found}


def _written(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"receiver": part.receiver, "amount_fen": part.amount_fen} for part in parts]
