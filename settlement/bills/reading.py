"""What the pages and the API show of a bill: read in one go, personal data masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import NotFound
from foundation.sealing import masked_identity, masked_name
from foundation.states import steps
from settlement.allocation.tables import allocation_line
from settlement.bills.share_view import ShareView, shares_of
from settlement.bills.tables import bill, share
from settlement.office import Office
from settlement.payments.codes import PaymentCode, code_of, unknown_token
from settlement.payments.tables import channel_order, payment_code
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
    monthly_side: str | None = None
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
    row = (await db.exec_driver_sql(_BY_ID, (bill_id,))).one_or_none()
    if row is None:
        raise NotFound(f"there is no bill {bill_id}")
    return _view(office, row, await _steps(db, bill_id) if history else ())


async def opened(office: Office, db: AsyncConnection, token: str) -> tuple[PaymentCode, BillView]:
    """A code that a citizen scanned and its bill without history, in one look. NotFound in words for a citizen."""
    row = (await db.exec_driver_sql(_BY_TOKEN, (token,))).one_or_none()
    if row is None:
        raise unknown_token()
    return code_of(office, *row.opened), _view(office, row, ())


_CODE = "{0}.id, {0}.bill_id, {0}.token, {0}.state, {0}.issued_at, {0}.expires_at, {0}.tries, {0}.opened_at"

_ONE_LOOK = f"""
    SELECT bill.*,
        EXISTS (SELECT FROM surplus_payment WHERE bill_id = bill.id) AS surplus,
        ARRAY(
            SELECT (side, name_sealed, identity_kind, identity_sealed) FROM party
            WHERE bill_id = bill.id ORDER BY side, ordinal
        ) AS parties,
        ARRAY(
            SELECT (id, item, payer, amount_fen, base_fen, rate, rule, citations, explanation) FROM line
            WHERE bill_id = bill.id ORDER BY ordinal
        ) AS lines,
        ARRAY(
            SELECT (line.id, line.item, share.payer, piece.leg, piece.amount_fen, piece.state, piece.account,
                coalesce(voucher.tax_voucher_no, pay_code.code), coalesce(voucher.treasury_date, pay_code.confirmed_on),
                coalesce(voucher.certificate_number, pay_code.receipt_code || '-' || pay_code.receipt_number))
            FROM allocation_line piece JOIN line ON line.id = piece.line_id JOIN share ON share.id = piece.share_id
            LEFT JOIN voucher ON voucher.id = piece.voucher_id LEFT JOIN pay_code ON pay_code.id = piece.pay_code_id
            WHERE piece.bill_id = bill.id ORDER BY line.ordinal, share.payer, share.ordinal
        ) AS pieces,
        ARRAY(
            SELECT (share.payer, share.amount_fen, share.state, paid.paid_at, paid.query_id, live.pay_until)
            FROM share LEFT JOIN channel_order paid ON paid.share_id = share.id AND paid.state = 'paid'
            LEFT JOIN channel_order live ON live.share_id = share.id AND live.state = 'open'
            WHERE share.bill_id = bill.id ORDER BY share.payer, share.ordinal
        ) AS shares,
        (
            SELECT ({_CODE.format("newest")}) FROM payment_code newest
            WHERE bill_id = bill.id ORDER BY issued_at DESC LIMIT 1
        ) AS code
        {{beside}}
    FROM bill {{of}}
"""
"""All that stands around a bill, as rows in a row: one statement, since a page is opened more often than written."""

_BY_ID = _ONE_LOOK.format(beside="", of="WHERE bill.id = $1")
_BY_TOKEN = _ONE_LOOK.format(
    beside=f", ({_CODE.format('this')}) AS opened",
    of="JOIN payment_code this ON this.bill_id = bill.id WHERE this.token = $1",
)


def _view(office: Office, row: Row[Any], steps: tuple[Step, ...]) -> BillView:
    pieces = [(line_id, PieceView(*rest)) for line_id, *rest in row.pieces]
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
        monthly_side=row.monthly_side,
        surplus=row.surplus,
        split=row.split,
        transaction=row.transaction,
        stopped_by=row.stopped_by,
        created_by=row.created_by,
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
        paid_at=row.paid_at,
        cleared_at=row.cleared_at,
        parties=tuple(_party(office, *one) for one in row.parties),
        lines=tuple(_line(one, [piece for of, piece in pieces if of == one[0]]) for one in row.lines),
        shares=shares_of(row.shares),
        pieces=tuple(piece for _, piece in pieces),
        code=code_of(office, *row.code) if row.code else None,
        steps=steps,
    )


def _party(office: Office, side: str, name: bytes, kind: str, identity: bytes) -> PartyView:
    open_sealed = office.seal.open
    return PartyView(
        side,
        masked_name(open_sealed(name, "party.name")),
        kind,
        masked_identity(open_sealed(identity, "party.identity")),
    )


def _line(row: Sequence[Any], pieces: Sequence[PieceView]) -> LineView:
    line_id, item, payer, fen, base_fen, rate, rule, citations, why = row
    paid_by: dict[str, int] = {}
    for one in pieces:
        paid_by[one.payer] = paid_by.get(one.payer, 0) + one.amount_fen
    return LineView(
        line_id, item, payer, fen, base_fen, rate, rule, tuple(citations), why["zh"], why["en"], paid_by
    )  # fmt: skip


async def _steps(db: AsyncConnection, bill_id: UUID) -> tuple[Step, ...]:
    of_bill = [
        select(table.c.id).where(table.c.bill_id == bill_id)
        for table in (payment_code, share, channel_order, allocation_line)
    ]
    subjects = union_all(select(bill.c.id).where(bill.c.id == bill_id), *of_bill)
    sets = select(channel_order.c.settled_in).where(channel_order.c.bill_id == bill_id)
    rows = await db.execute(steps(subjects, sets))
    return tuple(Step(row.at, row.machine, row.event, row.went_to, row.actor) for row in rows)
