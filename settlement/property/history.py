"""Everything about a property over the years, by its 28 characters: bills, payments, papers, titles."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from settlement.bills.reading import BillView, read_bill
from settlement.bills.tables import bill
from settlement.clearance.registering import RegistrationView, registration_of
from settlement.identities import unit_code as checked_unit_code
from settlement.office import Office
from settlement.property.earlier import EarlierView, earlier_of_unit
from settlement.receipts.papers import PaperView, papers_of
from settlement.refunds.reading import RefundView, refunds_of_bill

BILLS_MAX = 100


@dataclass(frozen=True, slots=True)
class BillHistory:
    """One bill of a property with all that came of it."""

    bill: BillView
    papers: tuple[PaperView, ...]
    refunds: tuple[RefundView, ...]
    registration: RegistrationView | None


@dataclass(frozen=True, slots=True)
class TaxedItem:
    """A tax of a property with its certificate, for the QR on the title."""

    certificate: str
    item: str
    amount_fen: int
    arrived_on: date | None


@dataclass(frozen=True, slots=True)
class PropertyHistory:
    """A property: its bills, the newest first, and payments from before this system. Parties are masked."""

    unit_code: str
    region: str
    bills: tuple[BillHistory, ...]
    earlier: tuple[EarlierView, ...]


async def property_history(office: Office, region: str, unit_code: str) -> PropertyHistory:
    """The history of a property in one region. BadInput for what is no unit code; empty for one nobody dealt in."""
    code = checked_unit_code(unit_code)
    wanted = select(bill.c.id).where(bill.c.unit_code == code, bill.c.region == region)
    async with office.database.connect() as db:
        ids = (await db.scalars(wanted.order_by(bill.c.created_at.desc()).limit(BILLS_MAX))).all()
    papers = await papers_of(office, ids)
    bills = [
        BillHistory(
            await read_bill(office, one),
            tuple(paper for paper in papers if paper.bill_id == one),
            tuple(await refunds_of_bill(office, one)),
            await registration_of(office, one),
        )
        for one in ids
    ]
    return PropertyHistory(code, region, tuple(bills), tuple(await earlier_of_unit(office, region, code)))


async def taxed_items(office: Office, bill_id: UUID) -> list[TaxedItem]:
    """The certified taxes of a bill, each certificate once."""
    view = await read_bill(office, bill_id)
    sums: dict[str, TaxedItem] = {}
    for one in view.pieces:
        if one.leg == "tax" and one.proof:
            before = sums[one.proof].amount_fen if one.proof in sums else 0
            sums[one.proof] = TaxedItem(one.proof, one.item, before + one.amount_fen, one.arrived_on)
    return list(sums.values())
