"""What finance, the window and the bank see of a month: every bill with what it is for, and what is still due."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from foundation.errors import NotFound
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, line, share
from settlement.joint.finishing import with_share_and_bill
from settlement.joint.tables import joint_member, joint_payment
from settlement.months.tables import month_statement
from settlement.office import Office

LISTED = 200


@dataclass(frozen=True, slots=True)
class MonthLine:
    """An item of a bill of the month, in fen; `state` is that of its share, due or paid."""

    bill_id: UUID
    bill_number: str
    case_number: str
    confirmed_at: datetime
    item: str
    amount_fen: int
    state: str


@dataclass(frozen=True, slots=True)
class MonthSummary:
    """A statement among others; amounts in fen. `number` is that of its one payment, `address` what its code opens."""

    id: UUID
    region: str
    month: date
    part: int
    identity: str
    name: str
    side: str
    number: str
    state: str
    pay_by: date
    made_at: datetime
    joint_payment_id: UUID
    address: str
    bills: int
    amount_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """A statement with its lines, by bill."""

    head: MonthSummary
    lines: tuple[MonthLine, ...]


async def list_months(office: Office, region: str, identity: str | None = None) -> list[MonthSummary]:
    """The newest statements of a region, at most LISTED, of one payer or of all."""
    wanted = _summaries().where(month_statement.c.region == region)
    if identity is not None:
        wanted = wanted.where(month_statement.c.identity == identity)
    newest = (month_statement.c.month.desc(), month_statement.c.name, month_statement.c.part)
    async with office.database.connect() as db:
        rows = (await db.execute(wanted.order_by(*newest).limit(LISTED))).mappings().all()
    return [_summary(office, row) for row in rows]


async def read_month(office: Office, statement_id: UUID) -> MonthStatement:
    """A statement. NotFound where there is none."""
    async with office.database.connect() as db:
        row = (await db.execute(_summaries().where(month_statement.c.id == statement_id))).mappings().one_or_none()
        if row is None:
            raise NotFound("没有这份月结单。There is no such month statement.")
        of_it = joint_member.c.joint_payment_id == row["joint_payment_id"]
        lines = await db.execute(
            select(
                bill.c.id, bill.c.number, bill.c.case_number, bill.c.confirmed_at, line.c.item,
                func.sum(allocation_line.c.amount_fen), share.c.state,
            )
            .select_from(with_share_and_bill())
            .join(allocation_line, allocation_line.c.share_id == share.c.id)
            .join(line, line.c.id == allocation_line.c.line_id)
            .where(of_it)
            .group_by(bill.c.id, line.c.item, share.c.state)
            .order_by(bill.c.number, line.c.item)
        )  # fmt: skip
        return MonthStatement(_summary(office, row), tuple(MonthLine(*one[:5], int(one[5]), one[6]) for one in lines))


def _summaries() -> Any:
    due = (share.c.state == "due") & bill.c.state.in_(("confirmed", "part_paid"))
    return (
        select(
            month_statement,
            joint_payment.c.number,
            joint_payment.c.token,
            func.count(bill.c.id.distinct()).label("bills"),
            func.sum(share.c.amount_fen).label("amount_fen"),
            func.coalesce(func.sum(share.c.amount_fen).filter(due), 0).label("left_fen"),
        )
        .join(joint_payment, joint_payment.c.id == month_statement.c.joint_payment_id)
        .join(joint_member, joint_member.c.joint_payment_id == joint_payment.c.id)
        .join(share, share.c.id == joint_member.c.share_id)
        .join(bill, bill.c.id == joint_member.c.bill_id)
        .group_by(month_statement.c.id, joint_payment.c.id)
    )


def _summary(office: Office, row: Any) -> MonthSummary:
    told = {name: row[name] for name in MonthSummary.__slots__ if name in row}
    sums = {"amount_fen": int(row["amount_fen"]), "left_fen": int(row["left_fen"])}
    return MonthSummary(**{**told, **sums, "address": f"{office.public_url.rstrip('/')}/j/{row['token']}"})
