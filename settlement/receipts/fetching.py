"""Fetches the papers of a bill as their offices make them: certificates, e-receipts, red letters. Nothing waits for it.

What is missing is told by the tables themselves: a number that has no paper yet. A paper that an office does not give
now is asked for again; the job queue decides when.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, String, bindparam, cast, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import enqueue
from foundation.errors import HeyiError
from settlement.bills.tables import bill, pay_code, share, voucher
from settlement.follow_ups import PAPERS
from settlement.office import Institutions, Office
from settlement.ports.tax_papers import PaperFile
from settlement.receipts.papers import NewPaper, keep_paper
from settlement.receipts.tables import paper, red_receipt


async def fetch_papers(office: Office, bill_id: UUID) -> int:
    """Fetches what is missing of a bill. Returns how many papers came.

    Raises what an office refused or did not answer, after every other paper was asked for.
    """
    async with office.database.connect() as db:
        missing = (await db.execute(_MISSING_OF, {"bill": bill_id})).all()
    failed: list[HeyiError] = []
    for one in missing:
        try:
            file = await _asked(office.institutions[one.region], one)
        except HeyiError as error:
            failed.append(error)
            continue
        new = NewPaper(one.region, one.bill_id, one.paper_kind, one.subject, one.payer, one.number)
        async with office.database.begin() as db:
            await keep_paper(office, db, new, file)
    if failed:
        raise failed[0]
    return len(missing)


async def queue_missing_papers(office: Office, bill_id: UUID | None = None) -> int:
    """Queues the bills of which a paper is missing and that nobody fetches yet: one bill, or all. Returns how many."""
    async with office.database.begin() as db:
        missing = await db.execute(_MISSING) if bill_id is None else await db.execute(_MISSING_OF, {"bill": bill_id})
        wanted = {str(row.bill_id) for row in missing}
        keys = sorted(wanted - await _fetched_already(db)) if wanted else []
        await enqueue(db, PAPERS, keys)
    return len(keys)


async def papers_are_missing(db: AsyncConnection, bill_id: UUID) -> bool:
    """Whether a number of the bill has no paper yet."""
    return (await db.execute(_MISSING_OF, {"bill": bill_id})).first() is not None


async def _fetched_already(db: AsyncConnection) -> set[str]:
    waiting = text("SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint = :name")
    return set(await db.scalars(waiting, {"name": PAPERS}))


async def _asked(at: Institutions, one: Row[Any]) -> PaperFile:
    if one.paper_kind == "tax_certificate":
        return await at.tax_papers.certificate_file(one.number, one.detail)
    return await at.fiscal_papers.receipt_file(one.detail, one.number)


def _missing(of_bill: ColumnElement[bool] | None = None) -> Select[Any]:
    """Numbers without a paper: (bill_id, region, paper_kind, subject, payer, number, detail)."""
    certificates = select(
        voucher.c.bill_id,
        literal("tax_certificate").label("paper_kind"),
        voucher.c.id.label("subject"),
        voucher.c.side.label("payer"),
        cast(voucher.c.certificate_number, String).label("number"),
        cast(voucher.c.certificate_kind, String).label("detail"),
    ).where(voucher.c.certificate_number.is_not(None))
    receipts = (
        select(
            pay_code.c.bill_id,
            literal("fiscal_receipt"),
            pay_code.c.id,
            share.c.payer,
            cast(pay_code.c.receipt_number, String),
            cast(pay_code.c.receipt_code, String),
        )
        .join(share, share.c.id == pay_code.c.share_id)
        .where(pay_code.c.receipt_number.is_not(None))
    )
    red = (
        select(
            pay_code.c.bill_id,
            literal("red_receipt"),
            red_receipt.c.id,
            share.c.payer,
            cast(red_receipt.c.number, String),
            cast(red_receipt.c.code, String),
        )
        .join(pay_code, pay_code.c.id == red_receipt.c.pay_code_id)
        .join(share, share.c.id == pay_code.c.share_id)
    )
    numbers = union_all(certificates, receipts, red).subquery()
    there = select(paper.c.id).where(paper.c.subject == numbers.c.subject, paper.c.kind == numbers.c.paper_kind)
    wanted = select(numbers, bill.c.region).join(bill, bill.c.id == numbers.c.bill_id).where(~there.exists())
    return wanted if of_bill is None else wanted.where(of_bill)


_MISSING = _missing()
_MISSING_OF = _missing(bill.c.id == bindparam("bill"))
"""Put together once: it costs more than to carry out, and every look at every bill asks for it."""
