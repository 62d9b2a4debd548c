"""What a person carries out: 退库, 退付, or a refund by the acquirer by hand. A case each, with the papers it needs."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict
from foundation.money import yuan
from ledger import post_on_open_days
from settlement import postings
from settlement.cases import UNSETTLED, office_case, open_case, vanish
from settlement.office import Actor, Office
from settlement.receipts.tables import red_receipt as red_receipts
from settlement.refunds import papers
from settlement.refunds.finishing import finish, given_back
from settlement.refunds.locking import locked
from settlement.refunds.tables import refund_line, refund_lines


async def open_errand(db: AsyncConnection, refund_row: Row[Any], line: Row[Any], way: str) -> None:
    """Opens the case of a line that a person gives back; none for the channel's way."""
    if way == papers.CHANNEL:
        return
    name, needed = papers.NAMES[way], papers.PAPERS[way]
    again = line.again_of is not None
    account = "原退款被退回，请向缴款人要新账户。" if again else ""
    await open_case(
        db,
        region=refund_row.region,
        kind=papers.CASE_KIND[way],
        fingerprint=_fingerprint(line.id),
        amount_fen=line.amount_fen,
        bill_id=refund_row.bill_id,
        business_day=clock.today(),
        reason=f"{name.zh} {yuan(line.amount_fen)} 元，退款单 {refund_row.number}。{account}需要："
        f"{'、'.join(paper.zh for paper in needed)}。",
        facts={
            "reason_en": f"{name.en}: {yuan(line.amount_fen)} yuan of refund {refund_row.number}. "
            + ("It came back; ask the payer for another account. " if again else "")
            + f"Needed: {'; '.join(paper.en for paper in needed)}.",
            "refund": refund_row.number,
            "refund_line_id": str(line.id),
            "query_id": line.query_id,
            "papers": [{"zh": paper.zh, "en": paper.en} for paper in needed],
        },
    )


async def close_errand(office: Office, line_id: UUID, reference: str, red_receipt: str | None, actor: Actor) -> None:
    """Records that a person gave a line back, under the number of its paper: 收入退还书, 退付, the acquirer's.

    A fee needs its red-letter e-receipt (冲红) too: the one that the platform issued for this line, or, where finance
    wrote it elsewhere, its number. Conflict where the channel gives the line back.
    """
    _fits("reference", reference, 80, "办理退回的凭证号码", "the number of the paper by which the money was given back")
    async with office.database.begin() as db:
        refund_id = await db.scalar(select(refund_line.c.refund_id).where(refund_line.c.id == line_id))
        if refund_id is None:
            raise BadInput("refund_line_id", str(line_id), "a line of a refund")
        row, lines = await locked(db, refund_id)
        line = next(one for one in lines if one.id == line_id)
        if line.way in (None, papers.CHANNEL):
            raise Conflict(
                "这一笔由渠道原路退回，不能人工办结。The channel gives this line back; it is not closed by hand."
            )
        issued = await db.scalar(select(red_receipts.c.number).where(red_receipts.c.refund_line_id == line_id))
        red_receipt = red_receipt or line.red_receipt  # of money that came back, the receipt is red already
        if issued and red_receipt not in (None, issued):
            allowed = f"{issued}，这是为本笔开具的红字票据。{issued}, the red-letter receipt issued for this line"
            raise BadInput("red_receipt", red_receipt, allowed)
        red_receipt = issued or red_receipt
        if line.way == papers.NON_TAX or red_receipt:
            _fits(
                "red_receipt",
                red_receipt or "",
                40,
                "红字电子票据（冲红）的号码",
                "the number of the red-letter e-receipt",
            )
        done = {"reference": reference, "red_receipt": red_receipt, "closed_by": actor.name, "done_on": clock.today()}
        await refund_lines.advance(
            db, line_id, line.state, "give_back", role=actor.role, actor=actor.name, reason=reference, **done
        )
        region = office.region(row.region)
        account = postings.in_transit(region).code if line.way == papers.BY_HAND else line.account
        await post_on_open_days(
            db,
            [postings.refund_paid(region, line_id, f"refund {row.number}", clock.today(), account, line.amount_fen)],
        )
        await given_back(db, [line])
        await _end_case(db, line_id, reference)
        await finish(office, db, refund_id)


def _fits(field: str, number: str, most: int, zh: str, en: str) -> None:
    """Refuses a number of a paper that is missing or longer than any is."""
    if not 2 <= len(number.strip()) <= most:
        raise BadInput(field, number, f"{zh}，2 至 {most} 位。{en}, 2 to {most} characters")


async def _end_case(db: AsyncConnection, line_id: UUID, reference: str) -> None:
    case = await db.execute(
        select(office_case.c.id, office_case.c.state).where(
            office_case.c.fingerprint == _fingerprint(line_id), office_case.c.state.in_(UNSETTLED)
        )
    )
    await vanish(db, [(one.id, one.state) for one in case], f"已按凭证 {reference} 退回。Given back under {reference}.")


def _fingerprint(line_id: UUID) -> str:
    return f"R:{line_id}"
