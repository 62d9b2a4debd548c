"""缴款结算单: what one payer was asked for and why, where each fen went, and the proof of it from the ledger.

It names nobody: the payer is masked. The proofs are those of the book itself, so that anyone can check them with the
day's published head and nothing of ours.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, MetaData, Row, String, Table, Uuid, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import Conflict, NotFound
from foundation.sealing import masked_name
from ledger import prove
from ledger.evidence import Proof
from settlement import postings
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, line, party, pay_code, share, voucher
from settlement.office import Office
from settlement.payments.tables import channel_order

statement_token = Table(
    "statement_token",
    MetaData(),
    Column("share_id", Uuid, primary_key=True),
    Column("token", String(32)),
)
"""What the QR of a statement opens, kept with the payer's first share; it cannot be guessed and says nothing."""


class NotPaidYet(Conflict):
    """A statement is of money that was paid."""

    code = "not_paid_yet"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One item that the payer was asked for: why, how much, where it went, and its proof of arrival. Amounts in fen."""

    item: str
    law_payer: str
    base_fen: int | None
    rate: str | None
    amount_fen: int
    references: tuple[str, ...]
    explanation: str
    leg: str
    account: str
    state: str
    arrived_on: date | None
    receipt: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A payer's statement of a bill, over all their shares; `share_id` is the first of them.

    `proofs`: the ledger's, of the payments and of each line that is under a sealed day.
    """

    share_id: UUID
    bill_id: UUID
    region: str
    bill_number: str
    case_number: str
    unit_code: str
    payer: str
    name: str
    amount_fen: int
    paid_at: datetime
    query_id: str
    lines: tuple[StatementLine, ...]
    proofs: tuple[Proof, ...]
    entries: int
    token: str

    @property
    def number(self) -> str:
        """The statement's number: the bill's, and which side's it is."""
        return f"{self.bill_number}-{self.payer}"


async def statement_of(office: Office, bill_id: UUID, payer: str) -> Statement:
    """The statement of what one payer paid. NotFound where they pay nothing, NotPaidYet before they did."""
    async with office.database.begin() as db:
        wanted = select(share.c.id).where(share.c.bill_id == bill_id, share.c.payer == payer)
        shares = (await db.scalars(wanted.order_by(share.c.ordinal))).all()
        if not shares:
            raise NotFound(f"{payer} pays nothing of bill {bill_id}")
        return await _read(office, db, shares)


async def statement_by_token(office: Office, token: str) -> Statement:
    """The statement whose QR was scanned, in words for whoever scanned it."""
    async with office.database.begin() as db:
        scanned = select(share.c.bill_id, share.c.payer).join(statement_token, statement_token.c.share_id == share.c.id)
        whose = (await db.execute(scanned.where(statement_token.c.token == token))).one_or_none()
        if whose is None:
            raise NotFound("没有这份结算单，请核对二维码。There is no such statement; check the code you scanned.")
        wanted = select(share.c.id).where(share.c.bill_id == whose.bill_id, share.c.payer == whose.payer)
        return await _read(office, db, (await db.scalars(wanted.order_by(share.c.ordinal))).all())


async def _read(office: Office, db: AsyncConnection, shares: Sequence[UUID]) -> Statement:
    row = (
        await db.execute(
            select(bill, share.c.payer, channel_order.c.order_id,
                   channel_order.c.paid_at.label("order_paid_at"), channel_order.c.query_id)
            .join(share, share.c.bill_id == bill.c.id)
            .join(channel_order, (channel_order.c.share_id == share.c.id) & (channel_order.c.state == "paid"))
            .where(share.c.id.in_(shares))
            .order_by(channel_order.c.paid_at)
        )
    ).all()  # fmt: skip
    if not row:
        raise NotPaidYet("尚未缴款，没有结算单。Nothing was paid yet, so there is no statement.")
    first = row[0]
    pieces = (await db.execute(_pieces(shares))).all()
    keys = [postings.paid_key(one.order_id) for one in row]
    keys += [postings.arrived_key(one.id) for one in pieces if one.state == "arrived"]
    people = (await db.execute(select(party).where(party.c.bill_id == first.id, party.c.side == first.payer))).all()
    names = [masked_name(office.seal.open(one.name_sealed, "party.name")) for one in people]
    return Statement(
        shares[0],
        first.id,
        first.region,
        first.number,
        first.case_number,
        first.unit_code,
        first.payer,
        "、".join(names),
        sum(one.amount_fen for one in pieces),
        max(one.order_paid_at for one in row),
        "、".join(one.query_id for one in row),
        tuple(_line(one) for one in pieces),
        await _proofs(db, keys),
        len(keys),
        await _token(db, shares[0]),
    )


def _pieces(shares: Sequence[UUID]) -> Any:
    return (
        select(allocation_line, line.c.item, line.c.payer.label("law_payer"), line.c.base_fen, line.c.rate,
               line.c.citations, line.c.explanation, voucher.c.certificate_number, pay_code.c.receipt_code,
               pay_code.c.receipt_number)
        .join(line, line.c.id == allocation_line.c.line_id)
        .outerjoin(voucher, voucher.c.id == allocation_line.c.voucher_id)
        .outerjoin(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
        .where(allocation_line.c.share_id.in_(shares))
        .order_by(line.c.ordinal)
    )  # fmt: skip


def _line(one: Row[Any]) -> StatementLine:
    receipt = f"{one.receipt_code}-{one.receipt_number}" if one.receipt_number else None
    return StatementLine(
        one.item,
        one.law_payer,
        one.base_fen,
        one.rate,
        one.amount_fen,
        tuple(one.citations),
        one.explanation["zh"],
        one.leg,
        one.account,
        one.state,
        one.arrived_on,
        one.certificate_number or receipt,
    )


async def _proofs(db: AsyncConnection, keys: list[UUID]) -> tuple[Proof, ...]:
    """The proofs of the entries whose day is sealed; the others come when theirs is."""
    found = []
    for key in keys:
        try:
            found.append(await prove(db, key))
        except NotFound:
            continue
    return tuple(found)


async def _token(db: AsyncConnection, share_id: UUID) -> str:
    new = {"share_id": share_id, "token": secrets.token_urlsafe(18)}
    await db.execute(insert(statement_token).values(new).on_conflict_do_nothing(index_elements=["share_id"]))
    wanted = select(statement_token.c.token).where(statement_token.c.share_id == share_id)
    return str((await db.execute(wanted)).scalar_one())
