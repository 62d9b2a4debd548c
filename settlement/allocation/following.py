"""Follows each paid line to its account, until the certificate or e-receipt is there.

One step a call: what the institutions say is asked outside any transaction, what it means is written in one. A bill
that is not through yet is looked at again later; the job queue decides when.
"""

from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from foundation.errors import HeyiError
from settlement.allocation import moving
from settlement.allocation.claims import Claim, paid_claims
from settlement.allocation.finishing import settle_bill
from settlement.allocation.movement import something_moves
from settlement.bills.tables import bill
from settlement.office import Institutions, Office
from settlement.ports.non_tax import FeePayment, FeeState, FeeStatus
from settlement.ports.refusal import Refused
from settlement.ports.tax_office import Portion, TaxState, TaxStatus, Voucher

_Status = TypeVar("_Status", TaxStatus, FeeStatus)


async def follow_bill(office: Office, bill_id: UUID) -> bool:
    """Takes every paid line of a bill one step on. True once all that was paid has arrived with its proof.

    What is paid later is followed anew: a bill of which one side has not paid yet waits for nothing here.
    Raises what an institution refused or did not answer, after every other line was followed.
    """
    async with office.database.connect() as db:
        region: str = (await db.execute(select(bill.c.region).where(bill.c.id == bill_id))).scalar_one()
    stuck: list[HeyiError] = []
    for claim in await paid_claims(office, bill_id):
        try:
            await follow_claim(office, office.institutions[region], claim)
        except HeyiError as error:  # one leg that is stuck does not hold the others
            stuck.append(error)
    if stuck:
        raise stuck[0]
    async with office.database.begin() as db:
        return await settle_bill(office, db, bill_id) or not await something_moves(db, bill_id)


async def follow_claim(office: Office, at: Institutions, claim: Claim) -> None:
    """Takes one voucher or pay code one step on."""
    if claim.table.name == "voucher":
        await _follow_voucher(office, at, claim)
    else:
        await _follow_pay_code(office, at, claim)


async def _follow_voucher(office: Office, at: Institutions, claim: Claim) -> None:
    if claim.row.certificate_number:
        return
    row = claim.row
    taxpayer = office.seal.open(row.taxpayer_sealed, "voucher.taxpayer")
    ours = Voucher(taxpayer, row.office_code, row.levy_number, row.side, row.item, row.amount_fen)
    status = await at.tax_office.status(ours)
    if _awaits_us(status, claim) and (told_at := await _tell(office, claim)):
        status = await _heard(office, claim, told_at, at.tax_office.pay(ours, _portions(claim), status.sent_back_no))
    if status.state is TaxState.unpaid:
        return
    if status.state is TaxState.sent_back:
        async with office.database.begin() as db:
            await moving.send_back(db, claim, status.sent_back_no or "")
        return
    await _write_voucher(office, at, claim, ours, status)


async def _write_voucher(office: Office, at: Institutions, claim: Claim, ours: Voucher, status: TaxStatus) -> None:
    """What the tax office says of a voucher whose money it has: taken, misbooked, or in the treasury for good."""
    recorded = {
        "tax_voucher_no": status.tax_voucher_no,
        "budget_subject": status.budget_subject,
        "budget_level": status.budget_level,
        "treasury": status.treasury,
        "treasury_date": status.treasury_date,
    }
    expected = office.region(claim.pieces[0].region).tax_office.subjects.get(ours.item, ())
    agreed, is_right = claim.row.subject_agreed, not expected or status.budget_subject in expected
    # What people have to decide on does not arrive by itself, though the treasury put it right before they did.
    fits = status.budget_subject == agreed or (is_right and (bool(agreed) or not claim.stands("wrong_subject")))
    if status.state is TaxState.in_treasury and fits:
        certificate = await at.tax_office.certificate(ours)
        recorded |= {
            "certificate_number": certificate.number,
            "certificate_kind": certificate.kind,
            "certificate_issued_on": certificate.issued_on,
        }
    async with office.database.begin() as db:
        if await moving.has_ended(db, claim):
            return  # another worker asked later and wrote first
        if status.state is TaxState.received:
            await moving.receive(db, claim)
        elif fits:
            await moving.arrive(office, db, claim, f"voucher {status.tax_voucher_no}", status.treasury_date)
        else:
            await moving.misbook(db, claim, status.budget_subject or "", expected)
        await moving.record(db, claim, **recorded)


async def _follow_pay_code(office: Office, at: Institutions, claim: Claim) -> None:
    row = claim.row
    if row.receipt_number:
        return
    status = await at.non_tax.status(row.code)
    if _awaits_us(status, claim) and (told_at := await _tell(office, claim)):
        telling = at.non_tax.confirm(row.code, payment_of(claim), status.sent_back_no)
        status = await _heard(office, claim, told_at, telling)
    if status.state is FeeState.sent_back:
        async with office.database.begin() as db:
            await moving.send_back(db, claim, status.sent_back_no or "")
    elif status.state in (FeeState.in_account, FeeState.passed_on):
        receipt = await at.non_tax.receipt(row.code)
        async with office.database.begin() as db:
            await moving.arrive_fee(office, db, claim, status)
            await moving.record(
                db,
                claim,
                receipt_code=receipt.code,
                receipt_number=receipt.number,
                receipt_check_code=receipt.check_code,
                receipt_issued_on=receipt.issued_on,
            )


def _awaits_us(status: TaxStatus | FeeStatus, claim: Claim) -> bool:
    """Whether an institution has yet to hear of a payment, or to hear again of one that it sent back; and may.

    All its money has to be there and free: what a refund holds, or people have to decide on, stays where it is.
    """
    if not claim.is_whole or any(one.state != "in_transit" for one in claim.pieces):
        return False
    if status.state in (TaxState.unpaid, FeeState.unpaid):
        return True
    return status.state in (TaxState.sent_back, FeeState.sent_back) and claim.row.sent_back_no == status.sent_back_no


async def _tell(office: Office, claim: Claim) -> datetime | None:
    async with office.database.begin() as db:
        return await moving.tell(db, claim)


async def _heard(office: Office, claim: Claim, told_at: datetime, telling: Awaitable[_Status]) -> _Status:
    """What an institution answers when it is told. Its no is noted; its silence, or a "not yet", is not a no."""
    try:
        return await telling
    except Refused:
        async with office.database.begin() as db:
            await moving.was_refused(db, claim, told_at)
        raise


def _portions(claim: Claim) -> list[Portion]:
    payments = dict.fromkeys((one.order_id, one.query_id) for one in claim.pieces)
    return [
        Portion(sum(one.amount_fen for one in claim.pieces if one.order_id == order_id), order_id, query_id)
        for order_id, query_id in payments
    ]


def payment_of(claim: Claim) -> FeePayment:
    """The payment that carries a pay code's money, as finance is told of it."""
    first = claim.pieces[0]
    return FeePayment(claim.row.amount_fen, first.order_id, first.query_id, first.paid_at)
