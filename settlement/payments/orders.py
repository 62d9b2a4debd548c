"""Orders at the channel: one open order a share; a new one only after the channel said that the last was not paid."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict
from foundation.identifiers import new_id
from foundation.money import yuan
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, share, shares
from settlement.office import Office
from settlement.payments.codes import PAYABLE, PaymentCode, code_by_token
from settlement.payments.lookup import TITLE, known_to_channel, notify_address, order_of
from settlement.payments.proofs import apply_proof
from settlement.payments.tables import channel_order, channel_orders, payment_codes
from settlement.ports.channel import Answer, Order, Part, PaymentLink, PaymentStart
from settlement.regions import Region
from settlement.shares.splitting import PAYERS

QUERY_AFTER = (5, 10, 30, 60, 120)
"""Minutes after the start at which an order of the front or QR kind is asked about (facts: channels A.8)."""

MOST_ORDERS = 9
"""Orders into which what one payer pays is divided at most."""

_PAYER_LETTER = dict(zip(PAYERS, "ABCDE", strict=True))


class CodeNotPayable(Conflict):
    """The code, or the share behind it, cannot be paid now; the detail says why and what to do."""

    code = "code_not_payable"


class TooMuchForACode(CodeNotPayable):
    """More than a payer's own phone can pay in one order."""

    code = "too_much_for_a_code"


def check_parts(office: Office, region: Region, number: str, one: Row[Any], pieces: Sequence[Row[Any]]) -> None:
    """Refuses a share that the region's channel could not carry, before a code is issued."""
    parts = divided(region, [(piece.leg, piece.amount_fen) for piece in pieces if piece.share_id == one.id])
    if one.ordinal > MOST_ORDERS:
        raise BadInput(
            "split",
            one.payer,
            f"what the channel takes in {MOST_ORDERS} orders; let the other party pay a part, or have it declared and "
            "paid at the tax window",
        )
    if beyond_a_code(region, one.amount_fen) and not region.terminals:
        raise BadInput(
            "split",
            one.payer,
            f"at most {yuan(region.channel.code_most_fen or 0)} yuan of one payer by the code, and there is no card "
            "terminal here; let the other party pay a part, or have it declared and paid at the tax window",
        )
    start = clock.now()
    order = Order(order_number(number, one, 1), start, one.amount_fen, parts, start + timedelta(minutes=15), TITLE)
    office.institutions[region.region].channel.check(order)


def beyond_a_code(region: Region, amount_fen: int) -> bool:
    """Whether an order is more than a payer's own phone can pay, so that it takes a card at the counter."""
    most = region.channel.code_most_fen
    return most is not None and amount_fen > most


def divided(region: Region, pieces: Iterable[tuple[str, int]]) -> tuple[Part, ...]:
    """What each of the channel's receivers gets; never a part of zero. `pieces`: (leg, fen)."""
    sums = {"tax": 0, "non_tax": 0}
    for leg, fen in pieces:
        sums[leg] += fen
    receivers = region.channel.receivers
    parts = (Part(receivers.treasury, sums["tax"]), Part(receivers.non_tax, sums["non_tax"]))
    return tuple(part for part in parts if part.amount_fen)


async def start_payment(office: Office, token: str, payer: str, return_to: str) -> PaymentStart:
    """How a payer gets to the channel with what is due from them, or with the first order of it where there are more.

    While an order of the share is open and its time is not over, the same order is shown again, so that a second
    press cannot pay twice. When its time is over the channel is asked first.
    """
    await _close_what_is_over(office, token, payer)
    async with office.database.begin() as db:
        row = await order_to_pay(office, db, await code_by_token(office, db, token), payer)
    if row.link is not None:
        return PaymentLink(row.link)
    notify = notify_address(office, row.channel, row.region)
    start = await office.institutions[row.region].channel.start(order_of(row), return_to, notify)
    if isinstance(start, PaymentLink):
        async with office.database.begin() as db:
            await db.execute(update(channel_order).where(channel_order.c.id == row.id).values(link=start.address))
    return start


async def order_to_pay(
    office: Office,
    db: AsyncConnection,
    code: PaymentCode,
    payer: str,
    *,
    new: bool = False,
    terminal: str | None = None,
) -> Row[Any]:
    """The order of what a payer has to pay next: the one that is open, or a new one behind the bill's lock.

    `new`: only a new one will do. `terminal`: the card terminal that is to sell it. CodeNotPayable where the code has
    ended, nothing is due, one is open, or it is too much for this way of paying.
    """
    bill_row = (await db.execute(select(bill).where(bill.c.id == code.bill_id).with_for_update())).one()
    if code.state not in PAYABLE or clock.now() >= code.expires_at:
        raise CodeNotPayable(
            "缴款码已失效，请到窗口重新生成。The code is no longer valid; ask the window for a new one."
        )
    one = await _next_share(db, code.bill_id, payer)
    if one is None:
        raise CodeNotPayable("您没有待缴的税费，请勿重复支付。Nothing is due from you; please do not pay again.")
    row = await _open_order(db, one.id)
    if row is not None and row.joint_order_id is not None:
        raise CodeNotPayable(
            "这笔税费正与其他业务一并缴纳，请等结果出来，不要重复支付。"
            "This is being paid together with other bills; wait for the result and do not pay again."
        )
    if row is not None and row.terminal is not None:
        raise CodeNotPayable(
            "这笔税费正在窗口刷卡缴纳，请等结果出来，不要重复支付。"
            "This is being paid by card at the counter; wait for the result and do not pay again."
        )
    if row is not None and new:
        raise CodeNotPayable(
            "缴款人已在手机上发起支付，请先查询结果。The payer has started a payment already; ask the channel first."
        )
    region = office.region(bill_row.region)
    _check_way(region, one.amount_fen, terminal)
    row = row or await _new_order(office, db, region, bill_row, one, code.id, terminal)
    if code.state == "live":
        await payment_codes.advance(db, code.id, "live", "start", reason=row.order_id)
    return row


def _check_way(region: Region, amount_fen: int, terminal: str | None) -> None:
    """Refuses, before there is an order, what a phone or a card terminal cannot pay, saying what to do instead."""
    if terminal is None and beyond_a_code(region, amount_fen):
        most = yuan(region.channel.code_most_fen or 0)
        raise TooMuchForACode(
            f"本笔 {yuan(amount_fen)} 元超过扫码支付单笔限额 {most} 元，请到窗口刷银行卡缴纳。"
            f"{yuan(amount_fen)} yuan is more than the {most} yuan that a code can pay; pay by card at the counter.",
            most_fen=region.channel.code_most_fen,
        )
    if terminal is not None and amount_fen > region.terminals[terminal].most_fen:
        most = yuan(region.terminals[terminal].most_fen)
        raise CodeNotPayable(
            f"本笔 {yuan(amount_fen)} 元超过终端单笔限额 {most} 元，请由另一方分担一部分，或到办税窗口缴纳。"
            f"{yuan(amount_fen)} yuan is more than the {most} yuan that this terminal takes; let the other party pay a "
            "part, or pay at the tax window."
        )


async def _close_what_is_over(office: Office, token: str, payer: str) -> None:
    """Asks the channel about an open order whose time is over, so that it is either paid or out of the way."""
    async with office.database.connect() as db:
        code = await code_by_token(office, db, token)
        one = await _next_share(db, code.bill_id, payer)
        row = await _open_order(db, one.id) if one else None
        row = await known_to_channel(db, row) if row else None
    if row is None or clock.now() < row.pay_until:
        return
    proof = await office.institutions[row.region].channel.query(order_of(row))
    async with office.database.begin() as db:
        await apply_proof(office, db, row.region, proof, "query")
    if proof.answer is Answer.pending:
        raise CodeNotPayable(
            "上一次支付的结果银联还没有给出，请勿重复支付，稍后再看。"
            "UnionPay has not settled your last payment yet; please do not pay again, look later."
        )


async def _next_share(db: AsyncConnection, bill_id: UUID, payer: str) -> Row[Any] | None:
    """What a payer has to pay next: the first of their shares that is due."""
    due = (share.c.bill_id == bill_id) & (share.c.payer == payer) & (share.c.state == shares.first)
    return (await db.execute(select(share).where(due).order_by(share.c.ordinal).limit(1))).one_or_none()


async def _open_order(db: AsyncConnection, share_id: UUID) -> Row[Any] | None:
    rows = await db.execute(
        select(channel_order).where(channel_order.c.share_id == share_id, channel_order.c.state == "open")
    )
    return rows.one_or_none()


async def _new_order(
    office: Office,
    db: AsyncConnection,
    region: Region,
    bill_row: Row[Any],
    one: Row[Any],
    code_id: UUID,
    terminal: str | None,
) -> Row[Any]:
    # The order is committed before the channel hears of it: an answer may come back sooner than we do.
    attempts = await db.scalar(select(func.count()).where(channel_order.c.share_id == one.id))
    pieces = await db.execute(
        select(allocation_line.c.leg, allocation_line.c.amount_fen).where(allocation_line.c.share_id == one.id)
    )
    start = clock.now().replace(microsecond=0)
    order_id = order_number(bill_row.number, one, (attempts or 0) + 1)
    pay_until = start + _time_to_pay(region, terminal)
    parts = divided(region, [(piece.leg, piece.amount_fen) for piece in pieces])
    order = Order(order_id, start, one.amount_fen, parts, pay_until, TITLE)
    channel = office.institutions[region.region].channel
    channel.check(order)
    made = await db.execute(
        insert(channel_order)
        .values(
            id=new_id(),
            region=region.region,
            bill_id=bill_row.id,
            share_id=one.id,
            code_id=code_id,
            channel=channel.name,
            merchant=channel.merchant_of(parts),
            order_id=order_id,
            started_at=start,
            amount_fen=one.amount_fen,
            parts=[{"receiver": part.receiver, "amount_fen": part.amount_fen} for part in parts],
            pay_until=pay_until,
            state=channel_orders.first,
            next_query_at=min(start + timedelta(minutes=QUERY_AFTER[0]), pay_until),
            queries=0,
            terminal=terminal,
        )
        .returning(*channel_order.c)
    )
    return made.one()


def _time_to_pay(region: Region, terminal: str | None) -> timedelta:
    """Of a card: until one must have been read, and a minute for the PIN and the acquirer."""
    if terminal is None:
        return timedelta(minutes=region.channel.pay_minutes)
    return timedelta(seconds=region.terminals[terminal].seconds + 60)


def order_number(number: str, one: Row[Any], attempt: int) -> str:
    """The bill's number, a letter for the payer, two digits for the attempt, and which of the payer's shares: 24."""
    first = f"{number}{_PAYER_LETTER[one.payer]}{attempt:02d}"
    return first if one.ordinal == 1 else f"{first}P{one.ordinal}"
