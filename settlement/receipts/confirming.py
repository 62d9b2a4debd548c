"""The tax officer's side (确认收讫): which vouchers are in the treasury, which not, which were confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, case, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from foundation import clock
from foundation.errors import BadInput, Conflict
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, voucher
from settlement.office import Actor, Office
from settlement.receipts.tables import tax_receipt_confirmation

_STATES = ("returned", "planned", "due", "sent_back", "held", "in_transit", "received", "wrong_subject", "arrived")
"""The way of a line, in its order; what went back to the payer will not come."""

_NOT_IN = exists().where(allocation_line.c.voucher_id == voucher.c.id, allocation_line.c.state != "arrived")
_IN = voucher.c.treasury_date.is_not(None) & ~_NOT_IN
"""In the treasury for good: what stands under another subject has a date there, and waits for two people."""

VOUCHERS_MAX = 500
"""As many as are shown at once, and as many as one batch confirms."""


class NotArrived(Conflict):
    """A voucher was to be confirmed that is not in the treasury yet, is confirmed already, or is not of this region."""

    code = "not_arrived"


@dataclass(frozen=True, slots=True)
class VoucherView:
    """One voucher 三要素 with its way to the treasury.

    `state` is that of the line that is furthest behind. Amounts in fen.
    """

    id: UUID
    bill_id: UUID
    bill_number: str
    unit_code: str
    item: str
    side: str
    amount_fen: int
    state: str
    office_code: str
    levy_number: str
    tax_voucher_no: str | None
    budget_subject: str | None
    budget_level: str | None
    treasury: str | None
    treasury_date: date | None
    certificate_number: str | None
    paid_at: datetime | None
    confirmed_by: str | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ArrivedSum:
    """What arrived of one item in one treasury under one budget subject: vouchers, fen, and how many are confirmed."""

    item: str
    treasury: str
    budget_subject: str
    budget_level: str
    count: int
    amount_fen: int
    confirmed: int


async def arrived_sums(office: Office, region: str) -> list[ArrivedSum]:
    """What arrived, by item, treasury and subject."""
    one = _vouchers(region).where(_IN).subquery()
    wanted = (
        select(
            one.c.item,
            one.c.treasury,
            one.c.budget_subject,
            one.c.budget_level,
            func.count().label("vouchers"),
            func.sum(one.c.amount_fen).label("fen"),
            func.count(one.c.confirmed_at).label("confirmed"),
        )
        .group_by(one.c.item, one.c.treasury, one.c.budget_subject, one.c.budget_level)
        .order_by(one.c.item, one.c.treasury, one.c.budget_subject)
    )
    async with office.database.connect() as db:
        rows = (await db.execute(wanted)).all()
    return [
        ArrivedSum(
            row.item,
            row.treasury or "",
            row.budget_subject or "",
            row.budget_level or "",
            row.vouchers,
            int(row.fen),
            row.confirmed,
        )
        for row in rows
    ]


async def arrived_vouchers(office: Office, region: str, *, confirmed: bool) -> list[VoucherView]:
    """Vouchers in the treasury that wait for the tax officer, or those that were confirmed; the newest first."""
    seen = tax_receipt_confirmation.c.confirmed_at
    wanted = _vouchers(region).where(_IN, seen.is_not(None) if confirmed else seen.is_(None))
    order = seen.desc() if confirmed else voucher.c.treasury_date.desc()
    return await _read(office, wanted.order_by(order, bill.c.number))


async def vouchers_on_their_way(office: Office, region: str) -> list[VoucherView]:
    """Vouchers that are declared and not in the treasury for good, the oldest first.

    Those of withdrawn bills, and those whose money went back to the payer, will not come.
    """
    gone_back = exists().where(allocation_line.c.voucher_id == voucher.c.id, allocation_line.c.state == "returned")
    wanted = _vouchers(region).where(~_IN, ~gone_back, bill.c.state != "withdrawn")
    return await _read(office, wanted.order_by(bill.c.confirmed_at, bill.c.number))


async def confirm_receipt(office: Office, region: str, voucher_ids: Sequence[UUID], actor: Actor) -> int:
    """Confirms that vouchers are in, all of them or none. Each is confirmed once. Returns how many."""
    wanted = sorted(set(voucher_ids))
    if not 0 < len(wanted) <= VOUCHERS_MAX:
        raise BadInput("vouchers", len(wanted), f"1 to {VOUCHERS_MAX} vouchers")
    async with office.database.begin() as db:
        fits = await db.scalars(
            select(voucher.c.id)
            .join(bill, bill.c.id == voucher.c.bill_id)
            .where(voucher.c.id.in_(wanted), bill.c.region == region, _IN)
        )
        rows = [{"voucher_id": one, "confirmed_by": actor.name, "confirmed_at": clock.now()} for one in fits]
        done = 0
        if rows:
            written = await db.execute(insert(tax_receipt_confirmation).values(rows).on_conflict_do_nothing())
            done = written.rowcount
        if done != len(wanted):
            raise NotArrived(
                f"所选 {len(wanted)} 笔中有 {len(wanted) - done} 笔尚未入库或已被他人确认，请刷新后重选。"
                f"Of {len(wanted)} chosen, {len(wanted) - done} are not in the treasury yet or were confirmed already; "
                "reload and choose again."
            )
    return done


def _vouchers(region: str) -> Select[Any]:
    """Every voucher of a region with its bill, its state and its confirmation."""
    rank = case({state: place for place, state in enumerate(_STATES)}, value=allocation_line.c.state)
    behind = select(func.min(rank)).where(allocation_line.c.voucher_id == voucher.c.id).scalar_subquery()
    return (
        select(
            voucher,
            bill.c.number.label("bill_number"),
            bill.c.unit_code,
            bill.c.paid_at,
            behind.label("rank"),
            tax_receipt_confirmation.c.confirmed_by,
            tax_receipt_confirmation.c.confirmed_at,
        )
        .join(bill, bill.c.id == voucher.c.bill_id)
        .outerjoin(tax_receipt_confirmation, tax_receipt_confirmation.c.voucher_id == voucher.c.id)
        .where(bill.c.region == region)
    )


async def _read(office: Office, wanted: Select[Any]) -> list[VoucherView]:
    async with office.database.connect() as db:
        rows = (await db.execute(wanted.limit(VOUCHERS_MAX))).all()
    return [_view(row) for row in rows]


def _view(row: Row[Any]) -> VoucherView:
    return VoucherView(
        id=row.id,
        bill_id=row.bill_id,
        bill_number=row.bill_number,
        unit_code=row.unit_code,
        item=row.item,
        side=row.side,
        amount_fen=row.amount_fen,
        state=_STATES[row.rank or 0],
        office_code=row.office_code,
        levy_number=row.levy_number,
        tax_voucher_no=row.tax_voucher_no,
        budget_subject=row.budget_subject,
        budget_level=row.budget_level,
        treasury=row.treasury,
        treasury_date=row.treasury_date,
        certificate_number=row.certificate_number,
        paid_at=row.paid_at,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
    )
