"""What people see of a list: how far it is, what it comes to, and every row with its bill or its fault."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from foundation.errors import NotFound
from settlement.batches.tables import batch, batch_row
from settlement.bills.tables import bill
from settlement.office import Office
from settlement.payments.tables import payment_code

LISTED = 100


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A row: its number in the list, how far it is, its bill, or why it has none."""

    number: int
    case_number: str
    state: str
    bill_id: UUID | None
    bill_number: str | None
    bill_state: str | None
    amount_fen: int
    code_address: str | None
    fault: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class BatchView:
    """A list with its rows. `counts` says how many rows are in each state; `busy` that rows are being worked on."""

    id: UUID
    region: str
    kind: str
    title: str
    created_by: str
    created_at: datetime
    confirmed_by: str | None
    window_code: str | None
    rows: tuple[BatchRow, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are in each state."""
        return {state: sum(one.state == state for one in self.rows) for state in {one.state for one in self.rows}}

    @property
    def done(self) -> int:
        """Rows on which nothing more is being done now."""
        resting = {"refused", "confirmed", "stopped"} if self.confirmed_by else {"refused", "drafted"}
        return sum(one.state in resting for one in self.rows)

    @property
    def busy(self) -> bool:
        """Whether rows are still being worked on."""
        return self.done < len(self.rows)

    @property
    def amount_fen(self) -> int:
        """What the bills of the list come to."""
        return sum(one.amount_fen for one in self.rows)


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A list among others."""

    id: UUID
    kind: str
    title: str
    created_by: str
    created_at: datetime
    rows: int


async def read_batch(office: Office, batch_id: UUID) -> BatchView:
    """A list with its rows. NotFound where there is none."""
    async with office.database.connect() as db:
        whole = (await db.execute(select(batch).where(batch.c.id == batch_id))).one_or_none()
        if whole is None:
            raise NotFound(f"there is no list {batch_id}")
        live = payment_code.c.state.in_(("live", "paying", "expiring", "paid"))
        rows = await db.execute(
            select(
                batch_row,
                bill.c.number.label("bill_number"),
                bill.c.state.label("bill_state"),
                bill.c.amount_fen,
                payment_code.c.token,
            )
            .outerjoin(bill, bill.c.id == batch_row.c.bill_id)
            .outerjoin(payment_code, (payment_code.c.bill_id == bill.c.id) & live)
            .where(batch_row.c.batch_id == batch_id)
            .order_by(batch_row.c.number)
        )
        return BatchView(
            whole.id,
            whole.region,
            whole.kind,
            whole.title,
            whole.created_by,
            whole.created_at,
            whole.confirm_by,
            whole.window_code,
            tuple(_row(office, one) for one in rows),
        )


async def list_batches(office: Office, region: str, window: str | None = None) -> list[BatchSummary]:
    """The newest lists of a region, at most LISTED, of one window or of all."""
    rows_of = select(func.count()).where(batch_row.c.batch_id == batch.c.id).scalar_subquery()
    shown = (batch.c.id, batch.c.kind, batch.c.title, batch.c.created_by, batch.c.created_at, rows_of.label("rows"))
    wanted = select(*shown).where(batch.c.region == region).order_by(batch.c.created_at.desc()).limit(LISTED)
    if window is not None:
        wanted = wanted.where(batch.c.window_code == window)
    async with office.database.connect() as db:
        return [BatchSummary(**one) for one in (await db.execute(wanted)).mappings()]


def _row(office: Office, one: Row[Any]) -> BatchRow:
    return BatchRow(
        one.number,
        one.case_number,
        one.state,
        one.bill_id,
        one.bill_number,
        one.bill_state,
        one.amount_fen or 0,
        f"{office.public_url.rstrip('/')}/p/{one.token}" if one.token else None,
        one.fault,
    )
