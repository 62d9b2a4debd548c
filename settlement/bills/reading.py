"""What the pages and the API show of a bill: read in one go, personal data masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import NotFound
from foundation.sealing import masked_identity, masked_name
from foundation.states import transition
from settlement.allocation.tables import allocation_line
from settlement.bills.share_view import ShareView, read_shares
from settlement.bills.tables import bill, line, party, pay_code, share, voucher
from settlement.office import Office
from settlement.payments.codes import PaymentCode, code_of_bill
from settlement.payments.tables import channel_order, payment_code, surplus_payment
from settlement.shares.splitting import MAY_AGREE, PAYERS


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party, masked."""

    side: str
    name: str
    identity_kind: str
    identity: str


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the bill; `paid_by` says what each side pays of it, in fen, those that pay nothing left out."""

    id: UUID
    item: str
    payer: str
    amount_fen: int
    base_fen: int | None
    rate: str | None
    rule: str
    references: tuple[str, ...]
    explanation_zh: str
    explanation_en: str
    paid_by: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PieceView:
    """One line's part in one share, and how far it is on its way: state, account, proof of arrival.

    `proof` is the tax certificate's number, or the e-receipt's code and number; `voucher_no` the treasury's.
    """

    item: str
    payer: str
    leg: str
    amount_fen: int
    state: str
    account: str
    voucher_no: str | None
    arrived_on: date | None
    proof: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to the bill, its code, a share or a line."""

    at: datetime
    machine: str
    event: str
    state: str
    actor: str


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill as people see it. `surplus`: money came beside it, too late or too much, and is held."""

    id: UUID
    region: str
    number: str
    kind: str
    case_number: str
    unit_code: str
    state: str
    amount_fen: int
    rule_set: str
    split: dict[str, Any]
    transaction: dict[str, Any]
    stopped_by: dict[str, Any] | None
    created_by: str
    created_at: datetime
    confirmed_at: datetime | None
    paid_at: datetime | None
    cleared_at: datetime | None
    parties: tuple[PartyView, ...]
    lines: tuple[LineView, ...]
    shares: tuple[ShareView, ...]
    pieces: tuple[PieceView, ...]
    code: PaymentCode | None
    steps: tuple[Step, ...]
    price_basis: str = "commitment"
    supplements: UUID | None = None
    window_code: str | None = None
    surplus: bool = False

    @property
    def payers(self) -> tuple[str, ...]:
        """The sides between which this bill is divided, in the order of the pages."""
        named = {one.payer for one in self.shares} | {one.payer for one in self.lines}
        both = set(MAY_AGREE) if named & set(MAY_AGREE) else set()
        return tuple(side for side in PAYERS if side in named | both)

    def share_of(self, payer: str) -> ShareView | None:
        """The share of a payer, or None where this payer pays nothing."""
        return next((one for one in self.shares if one.payer == payer), None)


async def read_bill(office: Office, bill_id: UUID) -> BillView:
    """A bill with its parties, lines, shares, allocation, code and history. NotFound where there is none."""
    async with office.database.connect() as db:
        return await bill_in(office, db, bill_id)


async def bill_in(office: Office, db: AsyncConnection, bill_id: UUID, *, history: bool = True) -> BillView:
    """A bill read over a connection that is there; without its history where nobody is shown it. NotFound."""
    beside = exists().where(surplus_payment.c.bill_id == bill.c.id).label("surplus")
    row = (await db.execute(select(bill, beside).where(bill.c.id == bill_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no bill {bill_id}")
    pieces = await _piece_rows(db, bill_id)
    return BillView(
        id=row.id,
        region=row.region,
        number=row.number,
        kind=row.kind,
        case_number=row.case_number,
        unit_code=row.unit_code,
        state=row.state,
        amount_fen=row.amount_fen,
        rule_set=row.rule_set,
        price_basis=row.price_basis,
        supplements=row.supplements,
        window_code=row.window_code,
        surplus=row.surplus,
        split=row.split,
        transaction=row.transaction,
        stopped_by=row.stopped_by,
        created_by=row.created_by,
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
        paid_at=row.paid_at,
        cleared_at=row.cleared_at,
        parties=await _parties(office, db, bill_id),
        lines=await _lines(db, bill_id, pieces),
        shares=await read_shares(db, bill_id),
        pieces=tuple(_piece(one) for one in pieces),
        code=await code_of_bill(office, db, bill_id),
        steps=await _steps(db, bill_id) if history else (),
    )


async def _parties(office: Office, db: AsyncConnection, bill_id: UUID) -> tuple[PartyView, ...]:
    rows = await db.execute(select(party).where(party.c.bill_id == bill_id).order_by(party.c.side, party.c.ordinal))
    return tuple(
        PartyView(
            row.side,
            masked_name(office.seal.open(row.name_sealed, "party.name")),
            row.identity_kind,
            masked_identity(office.seal.open(row.identity_sealed, "party.identity")),
        )
        for row in rows
    )


async def _lines(db: AsyncConnection, bill_id: UUID, pieces: Sequence[Row[Any]]) -> tuple[LineView, ...]:
    rows = await db.execute(select(line).where(line.c.bill_id == bill_id).order_by(line.c.ordinal))

    def paid_by(line_id: UUID) -> dict[str, int]:
        own = [one for one in pieces if one.line_id == line_id]
        return {payer: sum(one.amount_fen for one in own if one.payer == payer) for payer in {one.payer for one in own}}

    return tuple(
        LineView(
            row.id,
            row.item,
            row.payer,
            row.amount_fen,
            row.base_fen,
            row.rate,
            row.rule,
            tuple(row.citations),
            row.explanation["zh"],
            row.explanation["en"],
            paid_by(row.id),
        )
        for row in rows
    )


async def _piece_rows(db: AsyncConnection, bill_id: UUID) -> Sequence[Row[Any]]:
    rows = await db.execute(
        select(
            allocation_line,
            line.c.item,
            share.c.payer,
            voucher.c.tax_voucher_no,
            voucher.c.treasury_date,
            voucher.c.certificate_number,
            pay_code.c.code,
            pay_code.c.confirmed_on,
            pay_code.c.receipt_code,
            pay_code.c.receipt_number,
        )
        .join(line, line.c.id == allocation_line.c.line_id)
        .join(share, share.c.id == allocation_line.c.share_id)
        .outerjoin(voucher, voucher.c.id == allocation_line.c.voucher_id)
        .outerjoin(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
        .where(allocation_line.c.bill_id == bill_id)
        .order_by(line.c.ordinal, share.c.payer, share.c.ordinal)
    )
    return rows.all()


def _piece(row: Row[Any]) -> PieceView:
    receipt = f"{row.receipt_code}-{row.receipt_number}" if row.receipt_number else None
    return PieceView(
        row.item,
        row.payer,
        row.leg,
        row.amount_fen,
        row.state,
        row.account,
        row.tax_voucher_no or row.code,
        row.treasury_date or row.confirmed_on,
        row.certificate_number or receipt,
    )


async def _steps(db: AsyncConnection, bill_id: UUID) -> tuple[Step, ...]:
    of_bill = [
        select(table.c.id).where(table.c.bill_id == bill_id)
        for table in (payment_code, share, channel_order, allocation_line)
    ]
    subjects = union_all(select(bill.c.id).where(bill.c.id == bill_id), *of_bill)
    rows = await db.execute(
        select(transition).where(transition.c.subject.in_(subjects)).order_by(transition.c.at, transition.c.id)
    )
    return tuple(Step(row.at, row.machine, row.event, row.went_to, row.actor) for row in rows)
