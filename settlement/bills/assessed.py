"""Later assessments 核定 of a region, each with what followed: the supplementary bill, the case of the refund."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from settlement.bills.tables import bill, later_assessment
from settlement.cases import office_case
from settlement.office import Office

ASSESSED_MAX = 500


@dataclass(frozen=True, slots=True)
class AssessedBill:
    """One assessment, in fen; the bill and the case that followed from it with their states now, None where none."""

    bill_id: UUID
    bill_number: str
    case_number: str
    ordinal: int
    assessed_fen: int
    reason: str
    assessed_by: str
    assessed_at: datetime
    billed_fen: int
    due_fen: int
    supplement_fen: int
    refund_fen: int
    supplementary_bill_id: UUID | None
    supplement_number: str | None
    supplement_state: str | None
    refund_case_id: UUID | None
    refund_case_state: str | None


async def assessed_bills(office: Office, region: str) -> list[AssessedBill]:
    """What was assessed later in a region, the newest first."""
    more = bill.alias("supplementary")
    same = ("bill_id", "ordinal", "assessed_fen", "reason", "assessed_by", "assessed_at", "billed_fen", "due_fen")
    follows = ("supplement_fen", "refund_fen", "supplementary_bill_id", "refund_case_id")
    wanted = (
        select(
            *(later_assessment.c[name] for name in (*same, *follows)),
            bill.c.number.label("bill_number"),
            bill.c.case_number,
            more.c.number.label("supplement_number"),
            more.c.state.label("supplement_state"),
            office_case.c.state.label("refund_case_state"),
        )
        .join(bill, bill.c.id == later_assessment.c.bill_id)
        .outerjoin(more, more.c.id == later_assessment.c.supplementary_bill_id)
        .outerjoin(office_case, office_case.c.id == later_assessment.c.refund_case_id)
        .where(bill.c.region == region)
        .order_by(later_assessment.c.assessed_at.desc())
        .limit(ASSESSED_MAX)
    )
    async with office.database.connect() as db:
        return [AssessedBill(**row) for row in (await db.execute(wanted)).mappings()]
