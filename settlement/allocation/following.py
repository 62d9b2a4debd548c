"""Follows each paid line to its account, until the certificate or e-receipt is there.

One step a call: what the institutions say is asked outside any transaction, what it means is written in one. A bill
that is not through yet is looked at again later; the job queue decides when.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import HeyiError
from ledger import first_open_day, post
from settlement import postings
from settlement.allocation.finishing import settle_bill
from settlement.allocation.tables import allocation_line, allocation_lines
from settlement.bills.tables import bill, pay_code, voucher
from settlement.office import Institutions, Office
from settlement.payments.tables import channel_order
from settlement.ports.non_tax import FeeState
from settlement.ports.tax_office import TaxState, Voucher

Follow = Callable[[Office, Institutions, UUID, list[Row[Any]]], Awaitable[None]]


async def follow_bill(office: Office, bill_id: UUID) -> bool:
    """Takes every paid line of a bill one step on. True once all of the bill's lines have arrived with their proof.

    Raises what an institution refused or did not answer, after every other line was followed.
    """
    async with office.database.connect() as db:
        rows = (
            await db.execute(
                select(
                    allocation_line,
                    channel_order.c.order_id,
                    channel_order.c.query_id,
                    channel_order.c.paid_at,
                    channel_order.c.clearing_day,
                )
                .join(channel_order, channel_order.c.share_id == allocation_line.c.share_id)
                .where(allocation_line.c.bill_id == bill_id, channel_order.c.state == "paid")
                .where(allocation_line.c.state != "returned")
            )
        ).all()
        region: str = (await db.execute(select(bill.c.region).where(bill.c.id == bill_id))).scalar_one()
    stuck: list[HeyiError] = []
    for follow, claim_id, pieces in _claims(rows):
        try:
            await follow(office, office.institutions[region], claim_id, pieces)
        except HeyiError as error:  # one leg that is stuck does not hold the others
            stuck.append(error)
    through = await _settle(office, bill_id)
    if stuck:
        raise stuck[0]
    return through


def _claims(rows: Sequence[Row[Any]]) -> Iterator[tuple[Follow, UUID, list[Row[Any]]]]:
    """Each voucher and pay code of the lines once, with its lines and what follows it."""
    for voucher_id in dict.fromkeys(row.voucher_id for row in rows if row.voucher_id):
        yield _follow_voucher, voucher_id, [row for row in rows if row.voucher_id == voucher_id]
    for pay_code_id in dict.fromkeys(row.pay_code_id for row in rows if row.pay_code_id):
        yield _follow_pay_code, pay_code_id, [row for row in rows if row.pay_code_id == pay_code_id]


async def _follow_voucher(office: Office, at: Institutions, voucher_id: UUID, pieces: list[Row[Any]]) -> None:
    async with office.database.connect() as db:
        row = (await db.execute(select(voucher).where(voucher.c.id == voucher_id))).one()
    if row.certificate_number:
        return
    ours = Voucher(
        office.seal.open(row.taxpayer_sealed, "voucher.taxpayer"),
        row.office_code,
        row.levy_number,
        row.side,
        row.item,
        row.amount_fen,
    )
    status = await at.tax_office.status(ours)
    if status.state is TaxState.unpaid and not _held(pieces):
        for order_id, query_id in dict.fromkeys((one.order_id, one.query_id) for one in pieces):
            fen = sum(one.amount_fen for one in pieces if one.order_id == order_id)
            status = await at.tax_office.pay(ours, fen, order_id, query_id)
    if status.state is TaxState.unpaid:
        return
    recorded = {
        "tax_voucher_no": status.tax_voucher_no,
        "budget_subject": status.budget_subject,
        "budget_level": status.budget_level,
        "treasury": status.treasury,
        "treasury_date": status.treasury_date,
    }
    if status.state is TaxState.in_treasury:
        certificate = await at.tax_office.certificate(ours)
        recorded |= {
            "certificate_number": certificate.number,
            "certificate_kind": certificate.kind,
            "certificate_issued_on": certificate.issued_on,
        }
    async with office.database.begin() as db:
        await db.execute(update(voucher).where(voucher.c.id == voucher_id).values(recorded))
        if status.state is TaxState.received:
            await _receive(db, pieces)
        else:
            await _arrive(office, db, pieces, f"voucher {status.tax_voucher_no}", status.treasury_date)


async def _follow_pay_code(office: Office, at: Institutions, pay_code_id: UUID, pieces: list[Row[Any]]) -> None:
    async with office.database.connect() as db:
        row = (await db.execute(select(pay_code).where(pay_code.c.id == pay_code_id))).one()
    if row.receipt_number:
        return
    status = await at.non_tax.status(row.code)
    if status.state is FeeState.unpaid and not _held(pieces):
        first = pieces[0]
        status = await at.non_tax.confirm(row.code, row.amount_fen, first.order_id, first.query_id, first.paid_at)
    if status.state is FeeState.unpaid:
        return
    receipt = await at.non_tax.receipt(row.code)
    async with office.database.begin() as db:
        await db.execute(
            update(pay_code)
            .where(pay_code.c.id == pay_code_id)
            .values(
                confirmation_no=status.confirmation_no,
                confirmed_on=status.confirmed_on,
                receipt_code=receipt.code,
                receipt_number=receipt.number,
                receipt_check_code=receipt.check_code,
                receipt_issued_on=receipt.issued_on,
            )
        )
        await _arrive(office, db, pieces, f"pay code {row.code}", status.confirmed_on)


def _held(pieces: list[Row[Any]]) -> bool:
    """Whether a refund was proposed of it: then it stays where it is, unless it went on before."""
    return any(one.state == "held" for one in pieces)


async def _receive(db: AsyncConnection, pieces: list[Row[Any]]) -> None:
    """Money taken by the institution, not yet in its account."""
    waiting = await _locked(db, pieces)
    for state in ("in_transit", "held"):
        await allocation_lines.advance(db, [one.id for one in waiting if one.state == state], state, "receive")


async def _arrive(
    office: Office, db: AsyncConnection, pieces: list[Row[Any]], reference: str, institution_day: date | None
) -> None:
    """In the account: lines that had not arrived yet do so now, and the ledger says it.

    A line arrives on the institution's day, but never before the clearing day on which it was paid: a payment after
    23:00 belongs to tomorrow, and so does its arrival. What we hear of after its day was signed arrives on the next
    open day, for lines and ledger alike.
    """
    day = max(institution_day or clock.today(), *(one.clearing_day for one in pieces))
    day = await first_open_day(db, pieces[0].region, day)
    late = [one for one in await _locked(db, pieces) if one.state in ("in_transit", "held", "received")]
    for state in ("in_transit", "held", "received"):
        ids = [one.id for one in late if one.state == state]
        if ids:
            await allocation_lines.advance(db, ids, state, "arrive", arrived_on=day)
    entries = [
        postings.arrived(office.region(one.region), one.id, reference, day, one.account, one.amount_fen) for one in late
    ]
    if entries:
        await post(db, entries)


async def _locked(db: AsyncConnection, pieces: list[Row[Any]]) -> list[Row[Any]]:
    """The lines as they are now, behind the lock of their bill: two workers may follow the same bill."""
    await db.execute(select(bill.c.id).where(bill.c.id == pieces[0].bill_id).with_for_update())
    rows = await db.execute(select(allocation_line).where(allocation_line.c.id.in_([one.id for one in pieces])))
    return list(rows.all())


async def _settle(office: Office, bill_id: UUID) -> bool:
    async with office.database.begin() as db:
        return await settle_bill(db, bill_id)
