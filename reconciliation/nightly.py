"""What is looked at by night, since it means reading all: the book's verification, and bills worked out again."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from foundation import clock
from foundation.errors import HeyiError
from ledger import Finding, FindingKind, verify
from reconciliation.checks import CHECKS
from reconciliation.consistency import look
from reconciliation.kinds import KINDS
from settlement.bills.recomputing import recomputation
from settlement.bills.tables import bill
from settlement.cases import NewCase, open_cases
from settlement.office import Office

_UNBALANCED = frozenset({FindingKind.transfer_against_rules})
"""Findings of entries that are none: between accounts that are not there, or do not face each other."""

_CHAINED = frozenset(kind for kind in FindingKind if kind.value.startswith(("batch", "day_off", "day_head", "day_cut")))
"""Findings about the chain of hashes; all others are about what the book adds up to."""

_BY_NIGHT_TOO = ("I-1", "I-2", "I-4")
"""Checks over what happened at one moment, of more days than are looked at every minute."""

_SHOWN = 5


async def look_by_night(office: Office, since: datetime) -> int:
    """Verifies the book, works bills confirmed since an instant out again, and looks at their sums; how many break."""
    report = await verify(office.database)
    broken = len(report.findings)
    async with office.database.begin() as db:
        for kind in ("I-1", "I-8", "I-9"):
            found = [one for one in report.findings if _kind_of(one) == kind]
            await open_cases(db, [_of_book(region, kind, found) for region in office.regions if found])
        broken += await look(db, [check for check in CHECKS if check.kind in _BY_NIGHT_TOO], since)
    return broken + await _recompute(office, since)


async def _recompute(office: Office, since: datetime) -> int:
    async with office.database.connect() as db:
        found = await db.execute(
            select(bill.c.id, bill.c.region, bill.c.number, bill.c.amount_fen).where(
                bill.c.confirmed_at >= since, bill.c.state != "withdrawn"
            )
        )
        rows = found.all()
    cases = []
    for row in rows:
        try:
            again = await recomputation(office, row.id)
            wrong = None if again.same else f"{again.stored_sha256[:12]} ≠ {again.again_sha256[:12]}"
        except HeyiError as error:
            wrong = error.detail
        if wrong:
            kind = KINDS["I-12"]
            cases.append(
                NewCase(
                    row.region, "I-12", f"I-12:{row.id}",
                    f"缴款单 {row.number} 按留存的规则和事实重算，与所存不同：{wrong}",
                    row.amount_fen, clock.today(), row.id,
                    {
                        "reason_en": f"bill {row.number}, worked out again, differs from what is stored: {wrong}",
                        "action": kind.action.model_dump(), "key": row.number,
                    },
                    kind.days_to_settle,
                )
            )  # fmt: skip
    async with office.database.begin() as db:
        await open_cases(db, cases)
    return len(cases)


def _kind_of(finding: Finding) -> str:
    if finding.kind in _CHAINED:
        return "I-9"
    return "I-1" if finding.kind in _UNBALANCED else "I-8"


def _of_book(region: str, kind: str, findings: Iterable[Finding]) -> NewCase:
    given = list(findings)
    shown = "; ".join(f"{one.kind.value} {one.subject}" for one in given[:_SHOWN])
    words = KINDS[kind]
    return NewCase(
        region, kind, f"{kind}:{region}", f"账簿自检有 {len(given)} 处不符：{shown}", 0, clock.today(), None,
        {"reason_en": f"the book has {len(given)} findings: {shown}", "action": words.action.model_dump()},
        words.days_to_settle,
    )  # fmt: skip
