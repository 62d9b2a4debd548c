"""What an institution's word means for the lines of a claim: one transaction each, behind the lock of their bill.

Two workers may follow the same bill, so every function looks again at the lines once it holds the lock.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.money import yuan
from ledger import first_open_day, post
from settlement import postings
from settlement.allocation.claims import Claim
from settlement.allocation.remedies import AGREE, RESEND
from settlement.allocation.tables import ASKING, allocation_line, allocation_lines, non_receipt, non_receipts
from settlement.bills.tables import bill, pay_code, pay_codes, voucher
from settlement.cases import open_case
from settlement.office import Office
from settlement.ports.non_tax import FeeStatus

SENT_BACK = "L-sent-back"
WRONG_SUBJECT = "L-wrong-subject"

LONGEST_CALL = timedelta(minutes=1)
"""Longer than any institution is waited for: a message that is older is not under way any more."""


async def record(db: AsyncConnection, claim: Claim, **values: Any) -> None:
    """Writes what was said of the voucher or pay code, after the lock of its bill: else two workers may deadlock."""
    await db.execute(update(claim.table).where(claim.table.c.id == claim.row.id).values(values))


async def tell(db: AsyncConnection, claim: Claim) -> datetime | None:
    """Notes that an institution is about to be told that a claim is paid; None where its money is no longer free.

    A refund may have taken hold of it since the claim was read, or people may be asking the institution what it has
    (`settlement.refunds.non_receipt`). From here on no refund does (`settlement.refunds.holding`), since what was told
    cannot be taken back: it counts as on its way, whatever the institution answers about it, until it has arrived, was
    refused or came back. Gives the moment, by which `was_refused` knows this message.
    """
    if any(one.state != "in_transit" or one.asked_id is not None for one in await locked(db, claim)):
        return None
    now, told = clock.now(), claim.table.c.told_at
    await record(db, claim, told_at=case((told > now - LONGEST_CALL, told), else_=now))
    return now


async def was_refused(db: AsyncConnection, claim: Claim, told_at: datetime) -> None:
    """The institution took nothing when it was told at a moment, nor before: a refund may take hold of the money.

    It may not while another message of the last minute is under way.
    """
    await _has_answered(db, await locked(db, claim))
    table = claim.table
    await db.execute(update(table).where(table.c.id == claim.row.id, table.c.told_at == told_at).values(told_at=None))


async def receive(db: AsyncConnection, claim: Claim) -> None:
    """Money taken by the institution, not yet in its account."""
    await _advance(db, await locked(db, claim), ("in_transit", "held"), "receive")


async def arrive(office: Office, db: AsyncConnection, claim: Claim, reference: str, said_day: date | None) -> None:
    """In the account: lines that had not arrived yet do so now, and the ledger says it.

    A line arrives on the institution's day, but never before the clearing day on which it was paid: a payment after
    23:00 belongs to tomorrow, and so does its arrival. What we hear of after its day was signed arrives on the next
    open day, for lines and ledger alike.
    """
    region = office.region(claim.pieces[0].region)
    day = max(said_day or clock.today(), *(one.clearing_day for one in claim.pieces))
    day = await first_open_day(db, region.region, day)
    states = ("in_transit", "held", "received", "sent_back", "wrong_subject")
    late = await _advance(db, await locked(db, claim), states, "arrive", arrived_on=day)
    if late:
        await post(db, [postings.arrived(region, one.id, reference, day, one.account, one.amount_fen) for one in late])


async def arrive_fee(office: Office, db: AsyncConnection, claim: Claim, status: FeeStatus) -> None:
    """A fee is in the non-tax account; whether it was passed on to the treasury is followed apart."""
    await arrive(office, db, claim, f"pay code {claim.row.code}", status.confirmed_on)
    await record(db, claim, confirmation_no=status.confirmation_no, confirmed_on=status.confirmed_on)
    if await db.scalar(select(pay_code.c.state).where(pay_code.c.id == claim.row.id)) == "issued":
        await pay_codes.advance(db, claim.row.id, "issued", "arrive")


async def send_back(db: AsyncConnection, claim: Claim, number: str) -> None:
    """退回: the institution gave the money back to the channel. It stays there until two people decide.

    A return that was heard of before is stale news: people may have sent the money again since.
    """
    lines = await locked(db, claim)
    if await db.scalar(select(claim.table.c.sent_back_no).where(claim.table.c.id == claim.row.id)) == number:
        return
    back = await _advance(db, lines, ("in_transit", "received"), "send_back")
    if claim.table.name == "voucher":
        await record(db, claim, sent_back_no=number, told_at=None, tax_voucher_no=None, treasury_date=None)
    else:
        await record(db, claim, sent_back_no=number, told_at=None)
    if back:
        await _open(
            db,
            claim,
            SENT_BACK,
            f":{number}",
            f"缴款 {_name(claim)} 被退回（退回单 {number}），款项在渠道，须两人核定后重发。"
            f"{_name(claim)} was sent back under {number}; the money waits at the channel for two people.",
            {"sent_back_no": number, "does": RESEND, "action": {"zh": "重新发送", "en": "Send it again"}},
        )


async def misbook(db: AsyncConnection, claim: Claim, said: str, expected: Sequence[str]) -> None:
    """In the treasury under a budget subject where it does not belong. It has not arrived until people decide on it.

    Called again when the treasury says another subject: the case then names that one.
    """
    wrong = await _advance(db, await locked(db, claim), ("in_transit", "held", "received"), "misbook")
    if not wrong and claim.row.budget_subject == said:
        return
    fits = said in expected
    await _open(
        db,
        claim,
        WRONG_SUBJECT,
        f":{claim.row.subject_agreed}" if claim.row.subject_agreed else "",
        f"缴款 {_name(claim)} 入库科目为 {said}"
        + (
            "，已更正，待两人确认。"
            if fits
            else f"，应为 {'、'.join(expected)}，请税务更正；或由两人核定按现科目入库。"
        )
        + f"{_name(claim)} stands under budget subject {said}"
        + (
            ", corrected." if fits else f", expected {' or '.join(expected)}: have it corrected (更正), or agree to it."
        ),
        {
            "said": said,
            "expected": list(expected),
            "does": AGREE,
            "action": {"zh": f"按科目 {said} 入库", "en": f"Let it stand under {said}"},
        },
    )


async def has_ended(db: AsyncConnection, claim: Claim) -> bool:
    """Whether a voucher has its certificate by now, behind the lock of its bill: nothing more will be said of it."""
    await locked(db, claim)
    number = await db.scalar(select(voucher.c.certificate_number).where(voucher.c.id == claim.row.id))
    return number is not None


async def locked(db: AsyncConnection, claim: Claim) -> list[Row[Any]]:
    """The lines as they are now, behind the lock of their bill.

    `asked_id`, `asked_state`: the question that people have open about the claim (`non_receipt`), None without one.
    """
    await db.execute(select(bill.c.id).where(bill.c.id == claim.row.bill_id).with_for_update())
    ids = [one.id for one in claim.pieces]
    about = non_receipt.c.voucher_id if claim.table.name == "voucher" else non_receipt.c.pay_code_id
    rows = await db.execute(
        select(allocation_line, non_receipt.c.id.label("asked_id"), non_receipt.c.state.label("asked_state"))
        .outerjoin(non_receipt, (about == claim.row.id) & non_receipt.c.state.in_(ASKING))
        .where(allocation_line.c.id.in_(ids))
        .order_by(allocation_line.c.id)
    )
    return list(rows.all())


async def _advance(
    db: AsyncConnection, lines: Sequence[Row[Any]], states: Sequence[str], event: str, **values: Any
) -> list[Row[Any]]:
    """Lets an event befall those lines that are in one of the states; gives them."""
    moved = [one for one in lines if one.state in states]
    await _has_answered(db, moved)
    for state in dict.fromkeys(one.state for one in moved):
        await allocation_lines.advance(db, [one.id for one in moved if one.state == state], state, event, **values)
    return moved


async def _has_answered(db: AsyncConnection, lines: Sequence[Row[Any]]) -> None:
    """The institution has said by itself what became of lines of a claim: nobody has to ask any more."""
    for asked_id, state in {(one.asked_id, one.asked_state) for one in lines if one.asked_id is not None}:
        why = "征收单位已自行答复。The institution has answered by itself."
        await non_receipts.advance(db, asked_id, state, "drop", reason=why)


def _name(claim: Claim) -> str:
    return str(claim.row.levy_number if claim.table.name == "voucher" else claim.row.code)


async def _open(db: AsyncConnection, claim: Claim, kind: str, what: str, reason: str, facts: dict[str, Any]) -> None:
    fen = sum(one.amount_fen for one in claim.pieces)
    await open_case(
        db,
        region=claim.pieces[0].region,
        kind=kind,
        fingerprint=f"{kind}:{claim.row.id}{what}",
        reason=f"{reason} {yuan(fen)} 元/yuan",
        facts={
            "claim": str(claim.row.id),
            "lines": [str(one.id) for one in claim.pieces],
            "leg": claim.pieces[0].leg,
            "number": _name(claim),
            **facts,
        },
        amount_fen=fen,
        business_day=clock.today(),
        bill_id=claim.row.bill_id,
    )
