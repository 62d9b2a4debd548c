"""Works a stored bill out again, under the very rule set that it was made with, and compares to the byte."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from foundation.errors import NotFound
from settlement.assessment import Transaction
from settlement.bills.drafting import owed_lines
from settlement.bills.later_assessment import billed_before
from settlement.bills.storing import line_row
from settlement.bills.supplements import changes, supplement_rows
from settlement.bills.tables import bill, line
from settlement.kinds import business_kind
from settlement.office import Office
from settlement.rule_sets import set_by_hash

_COMPARED = ("item", "payer", "amount_fen", "base_fen", "rate", "rule", "citations", "explanation", "trace")


@dataclass(frozen=True, slots=True)
class Recomputation:
    """SHA-256 of a bill's lines with explanations and traces, as stored and as worked out again."""

    rule_set: str
    version: str
    stored_sha256: str
    again_sha256: str
    same: bool


async def recomputation(office: Office, bill_id: UUID) -> Recomputation:
    """A bill worked out again from its transaction and rule set. NotFound where there is no bill."""
    async with office.database.connect() as db:
        row = (await db.execute(select(bill).where(bill.c.id == bill_id))).one_or_none()
        if row is None:
            raise NotFound(f"there is no bill {bill_id}")
        stored = (await db.execute(select(line).where(line.c.bill_id == bill_id).order_by(line.c.ordinal))).mappings()
        before = _digest(dict(one) for one in stored)
        rules = await set_by_hash(db, row.rule_set)
        billed = await billed_before(db, bill_id) if row.supplements else None
    lines = owed_lines(rules, Transaction.parse(row.transaction), office.region(row.region), business_kind(row.kind))
    if billed is None:
        again = _digest(line_row(bill_id, place, one) for place, one in enumerate(lines))
    else:
        again = _digest(supplement_rows(bill_id, lines, changes(billed, lines)))
    return Recomputation(rules.hash, rules.version, before, again, before == again)


def _digest(lines: Iterable[Mapping[str, Any]]) -> str:
    compared = [{name: one[name] for name in _COMPARED} for one in lines]
    canonical = json.dumps(compared, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
