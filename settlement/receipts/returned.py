"""退回 and 更正: taxes that the treasury sent back, or booked under a subject where they do not belong."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import String, case, cast, func, select

from settlement.allocation.moving import SENT_BACK, WRONG_SUBJECT
from settlement.bills.tables import bill, voucher
from settlement.cases import WAITING, office_case
from settlement.office import Office

RETURNED_MAX = 500


@dataclass(frozen=True, slots=True)
class ReturnedTax:
    """A voucher with the case about it. `state` is the case's; amounts in fen.

    `subject_now` is the subject under which it stands in the treasury now, `expected` those where it belongs (更正).
    """

    case_id: UUID
    kind: str
    state: str
    reason: str
    opened_at: datetime
    due_on: date
    bill_id: UUID
    bill_number: str
    item: str
    side: str
    levy_number: str
    amount_fen: int
    sent_back_no: str | None
    subject_now: str | None
    subject_agreed: str | None
    expected: tuple[str, ...]

    @property
    def is_waiting(self) -> bool:
        """Whether two people of finance have still to decide on it."""
        return self.state in WAITING

    @property
    def is_corrected(self) -> bool:
        """Whether the subject is right by now, and only the decision is missing."""
        return self.is_waiting and self.subject_now in self.expected


async def returned_taxes(office: Office, region: str) -> list[ReturnedTax]:
    """What was sent back and what was misbooked in a region: first what waits, the oldest first."""
    facts = office_case.c.facts
    waits = case((office_case.c.state.in_(WAITING), 0), else_=1)
    wanted = (
        select(
            office_case.c.id.label("case_id"),
            office_case.c.kind,
            office_case.c.state,
            office_case.c.reason,
            office_case.c.opened_at,
            office_case.c.due_on,
            office_case.c.amount_fen,
            bill.c.id.label("bill_id"),
            bill.c.number.label("bill_number"),
            voucher.c.item,
            voucher.c.side,
            voucher.c.levy_number,
            func.coalesce(facts["sent_back_no"].astext, voucher.c.sent_back_no).label("sent_back_no"),
            voucher.c.budget_subject.label("subject_now"),
            voucher.c.subject_agreed,
            facts["expected"].label("expected"),
        )
        .join(voucher, cast(voucher.c.id, String) == facts["claim"].astext)
        .join(bill, bill.c.id == voucher.c.bill_id)
        .where(office_case.c.region == region, office_case.c.kind.in_((SENT_BACK, WRONG_SUBJECT)))
        .order_by(waits, office_case.c.opened_at)
        .limit(RETURNED_MAX)
    )
    async with office.database.connect() as db:
        rows = (await db.execute(wanted)).mappings().all()
    return [ReturnedTax(**{**row, "expected": tuple(row["expected"] or ())}) for row in rows]
