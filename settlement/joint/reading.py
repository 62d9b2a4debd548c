"""What people see of a joint payment: how much of how many bills, for what, and how far it is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from foundation.errors import NotFound
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, line, share
from settlement.joint.tables import joint_member, joint_order, joint_payment
from settlement.office import Office
from settlement.payments.tables import channel_order

LISTED = 100


@dataclass(frozen=True, slots=True)
class JointMember:
    """A share of a joint payment: its bill, its amount in fen, and whether it is due or paid."""

    bill_id: UUID
    bill_number: str
    bill_state: str
    amount_fen: int
    state: str


@dataclass(frozen=True, slots=True)
class JointAttempt:
    """An order at the channel. `query_id` and `clearing_day` are there when it was paid."""

    order_id: str
    state: str
    amount_fen: int
    shares: int
    started_at: datetime
    pay_until: datetime
    query_id: str | None
    clearing_day: date | None


@dataclass(frozen=True, slots=True)
class JointPaymentView:
    """A joint payment with its shares, what they are for (item, fen), and its attempts, the newest first.

    `address` is what its QR holds.
    """

    id: UUID
    region: str
    number: str
    title: str
    payer: str
    state: str
    created_by: str
    window_code: str | None
    created_at: datetime
    pay_by: datetime
    address: str
    token: str
    members: tuple[JointMember, ...]
    items: tuple[tuple[str, int], ...]
    attempts: tuple[JointAttempt, ...]

    @property
    def amount_fen(self) -> int:
        """What all its shares come to."""
        return sum(one.amount_fen for one in self.members)

    @property
    def left_fen(self) -> int:
        """What is still due."""
        return sum(one.amount_fen for one in self.due)

    @property
    def due(self) -> tuple[JointMember, ...]:
        """The shares that wait for their payment."""
        waiting = ("confirmed", "part_paid")
        return tuple(one for one in self.members if one.state == "due" and one.bill_state in waiting)

    @property
    def under_way(self) -> JointAttempt | None:
        """The order that the channel has not decided yet."""
        return next((one for one in self.attempts if one.state == "open"), None)

    @property
    def held(self) -> bool:
        """Whether money came that no share, or not every share, waited for; it is held to be given back."""
        return any(one.state in ("paid_late", "paid_other") for one in self.attempts)


@dataclass(frozen=True, slots=True)
class JointSummary:
    """A joint payment among others."""

    id: UUID
    number: str
    title: str
    payer: str
    state: str
    created_by: str
    created_at: datetime
    shares: int
    amount_fen: int


async def read_joint_payment(office: Office, payment_id: UUID) -> JointPaymentView:
    """A joint payment. NotFound where there is none."""
    return await _read(office, joint_payment.c.id == payment_id)


async def joint_payment_by_token(office: Office, token: str) -> JointPaymentView:
    """The joint payment whose code somebody scanned, or NotFound in words for them."""
    return await _read(office, joint_payment.c.token == token)


async def list_joint_payments(office: Office, region: str, window: str | None = None) -> list[JointSummary]:
    """The newest of a region, at most LISTED, of one window or of all."""
    one = joint_payment.c
    counted = (func.count(share.c.id).label("shares"), func.sum(share.c.amount_fen).label("amount_fen"))
    shown = (one.id, one.number, one.title, one.payer, one.state, one.created_by, one.created_at)
    wanted = (
        select(*shown, *counted)
        .join(joint_member, joint_member.c.joint_payment_id == one.id)
        .join(share, share.c.id == joint_member.c.share_id)
        .where(one.region == region)
        .group_by(one.id)
        .order_by(one.created_at.desc())
        .limit(LISTED)
    )
    if window is not None:
        wanted = wanted.where(one.window_code == window)
    async with office.database.connect() as db:
        rows = (await db.execute(wanted)).mappings().all()
    return [JointSummary(**{**row, "amount_fen": int(row["amount_fen"])}) for row in rows]


async def _read(office: Office, which: Any) -> JointPaymentView:
    async with office.database.connect() as db:
        row = (await db.execute(select(joint_payment).where(which))).one_or_none()
        if row is None:
            raise NotFound(
                "没有这个一并缴款，请核对或到窗口咨询。There is no such joint payment; please ask at the window."
            )
        of_it = joint_member.c.joint_payment_id == row.id
        members = await db.execute(
            select(joint_member.c.bill_id, bill.c.number, bill.c.state.label("bill_state"), share)
            .join(bill, bill.c.id == joint_member.c.bill_id)
            .join(share, share.c.id == joint_member.c.share_id)
            .where(of_it)
            .order_by(bill.c.number, share.c.ordinal)
        )
        items = await db.execute(
            select(line.c.item, func.sum(allocation_line.c.amount_fen))
            .join_from(joint_member, allocation_line, allocation_line.c.share_id == joint_member.c.share_id)
            .join(line, line.c.id == allocation_line.c.line_id)
            .where(of_it)
            .group_by(line.c.item)
            .order_by(line.c.item)
        )
        of_attempt = channel_order.c.joint_order_id == joint_order.c.id
        counted = select(func.count(channel_order.c.id)).where(of_attempt).scalar_subquery()
        attempts = await db.execute(
            select(joint_order, counted.label("shares"))
            .where(joint_order.c.joint_payment_id == row.id)
            .order_by(joint_order.c.started_at.desc(), joint_order.c.order_id.desc())
        )
        return JointPaymentView(
            row.id,
            row.region,
            row.number,
            row.title,
            row.payer,
            row.state,
            row.created_by,
            row.window_code,
            row.created_at,
            row.pay_by,
            f"{office.public_url.rstrip('/')}/j/{row.token}",
            row.token,
            tuple(JointMember(one.bill_id, one.number, one.bill_state, one.amount_fen, one.state) for one in members),
            tuple((item, int(fen)) for item, fen in items),
            tuple(_attempt(one) for one in attempts),
        )


def _attempt(row: Row[Any]) -> JointAttempt:
    return JointAttempt(
        row.order_id,
        row.state,
        row.amount_fen,
        row.shares,
        row.started_at,
        row.pay_until,
        row.query_id,
        row.clearing_day,
    )
