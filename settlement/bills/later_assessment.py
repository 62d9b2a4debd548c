"""A price assessed (核定) after confirmation: a supplementary bill or a refund proposal, never a changed bill.

The bill is worked out again under its own rule set with the new price. What is then owed more becomes a bill of its
own, tied to the first; what was billed too much becomes a case (T-11) with every line, on which two people decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id
from foundation.money import yuan
from settlement.assessment import Line, Transaction
from settlement.assessment.transaction import MONEY_LIMIT_FEN
from settlement.bills.drafting import owed_lines
from settlement.bills.storing import NewBill, store_bill
from settlement.bills.supplements import Change, Key, changes, summed, supplement_rows
from settlement.bills.tables import bill, later_assessment, line, party
from settlement.cases import open_case
from settlement.kinds import business_kind
from settlement.office import Actor, Office
from settlement.rule_sets import set_by_hash
from settlement.shares import Split

REFUND_CASE = "T-11"
"""缴后核定调整 in the list of differences."""

_STANDS = ("confirmed", "part_paid", "paid", "settled", "cleared")
_PAID = ("paid", "settled", "cleared")


@dataclass(frozen=True, slots=True)
class LaterAssessment:
    """What a later assessment found; due = billed + supplement − refund, in fen."""

    id: UUID
    bill_id: UUID
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
    refund_case_id: UUID | None


async def assess_later(office: Office, bill_id: UUID, assessed_fen: int, reason: str, actor: Actor) -> LaterAssessment:
    """Records a price that the tax office assessed after confirmation, and what follows from it.

    Conflict where the bill is not confirmed yet, where something assessed before is still unpaid, or where too much
    stands on a bill that nobody has paid: then it is withdrawn and taken in anew.
    """
    if actor.role != "tax_officer":
        raise NotAllowed(f"{actor.name} is {actor.role}; a price is assessed by a tax_officer")
    if not 0 < assessed_fen < MONEY_LIMIT_FEN:
        raise BadInput("assessed_fen", assessed_fen, f"whole fen from 1, below {MONEY_LIMIT_FEN}")
    async with office.database.begin() as db:
        row = await _standing_bill(db, bill_id)
        facts = {**row.transaction, "price": {**row.transaction.get("price", {}), "assessed_fen": assessed_fen}}
        rules = await set_by_hash(db, row.rule_set)
        lines = owed_lines(rules, Transaction.parse(facts), office.region(row.region), business_kind(row.kind))
        earlier = await later_assessments(db, bill_id)
        billed = await _billed(db, bill_id)
        changed = changes(billed, lines)
        if any(one.refund_fen for one in changed) and row.state not in _PAID:
            raise Conflict(
                f"bill {row.number} is {row.state}: withdraw it and take the case in with the assessed price"
            )
        found = LaterAssessment(
            id=new_id(),
            bill_id=bill_id,
            ordinal=len(earlier) + 1,
            assessed_fen=assessed_fen,
            reason=reason,
            assessed_by=actor.name,
            assessed_at=clock.now(),
            billed_fen=sum(billed.values()),
            due_fen=sum(one.amount_fen for one in lines),
            supplement_fen=sum(one.supplement_fen for one in changed),
            refund_fen=sum(one.refund_fen for one in changed),
            supplementary_bill_id=await _supplement(office, db, row, facts, lines, changed, len(earlier) + 1, actor),
            refund_case_id=await _refund_case(db, row, assessed_fen, reason, changed, len(earlier) + 1),
        )
        kept = {name: getattr(found, name) for name in LaterAssessment.__slots__}
        refunds = _listed({(one.item, one.payer): one.refund_fen for one in changed if one.refund_fen})
        await db.execute(insert(later_assessment).values(**kept, billed=_listed(billed), refunds=refunds))
    return found


async def later_assessments(db: AsyncConnection, bill_id: UUID) -> list[LaterAssessment]:
    """What was assessed later of a bill, in order."""
    shown = [later_assessment.c[name] for name in LaterAssessment.__slots__]
    of_bill = later_assessment.c.bill_id == bill_id
    rows = await db.execute(select(*shown).where(of_bill).order_by(later_assessment.c.ordinal))
    return [LaterAssessment(**row) for row in rows.mappings()]


async def billed_before(db: AsyncConnection, supplementary_bill_id: UUID) -> dict[Key, int]:
    """What stood for each item and payer before a supplementary bill, from which its lines follow."""
    of_it = later_assessment.c.supplementary_bill_id == supplementary_bill_id
    listed = (await db.execute(select(later_assessment.c.billed).where(of_it))).scalar_one()
    return summed((one["item"], one["payer"], one["fen"]) for one in listed)


async def _standing_bill(db: AsyncConnection, bill_id: UUID) -> Row[Any]:
    """The bill, locked: two assessments of one bill come one after the other."""
    row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one_or_none()
    if row is None:
        raise NotFound(f"there is no bill {bill_id}")
    if row.supplements is not None:
        raise Conflict(
            f"bill {row.number} is itself a supplement; assess the first bill again", bill=str(row.supplements)
        )
    if row.state not in _STANDS:
        raise Conflict(f"bill {row.number} is {row.state}; a price is assessed later only of a bill that was confirmed")
    unpaid = (bill.c.supplements == bill_id) & bill.c.state.not_in((*_PAID, "withdrawn"))
    number = await db.scalar(select(bill.c.number).where(unpaid).limit(1))
    if number is not None:
        raise Conflict(f"bill {number} of an earlier assessment is not paid yet: have it paid or withdraw it first")
    return row


async def _billed(db: AsyncConnection, bill_id: UUID) -> dict[Key, int]:
    """What stands for each item and payer: the bill's lines and its supplements', less the refunds proposed."""
    stands = ((bill.c.id == bill_id) | (bill.c.supplements == bill_id)) & (bill.c.state != "withdrawn")
    of_bills = select(line.c.item, line.c.payer, func.sum(line.c.amount_fen)).join(bill, bill.c.id == line.c.bill_id)
    by_line = (await db.execute(of_bills.where(stands).group_by(line.c.item, line.c.payer))).all()
    given_back = await db.scalars(select(later_assessment.c.refunds).where(later_assessment.c.bill_id == bill_id))
    back = [(one["item"], one["payer"], -one["fen"]) for listed in given_back for one in listed]
    return summed([*((item, payer, int(fen)) for item, payer, fen in by_line), *back])


async def _supplement(
    office: Office,
    db: AsyncConnection,
    row: Row[Any],
    facts: Mapping[str, Any],
    lines: Sequence[Line],
    changed: Sequence[Change],
    ordinal: int,
    actor: Actor,
) -> UUID | None:
    """A drafted bill over what is still owed, to be confirmed and paid as any other."""
    if not any(one.supplement_fen for one in changed):
        return None
    bill_id = new_id()
    people = await db.execute(select(party).where(party.c.bill_id == row.id))
    new = NewBill(
        id=bill_id,
        kind=row.kind,
        case_number=f"{row.case_number[:35]}-S{ordinal}",
        unit_code=row.unit_code,
        facts=facts,
        rule_set=row.rule_set,
        split=_split(row.split),
        parties=[{**one, "id": new_id(), "bill_id": bill_id} for one in people.mappings()],
        lines=supplement_rows(bill_id, lines, changed),
        created_by=actor.name,
        price_basis=row.price_basis,
        supplements=row.id,
        window_code=row.window_code,
    )
    await store_bill(db, office.region(row.region), new)
    return bill_id


def _split(chosen: Mapping[str, Any]) -> Split:
    """The parties' choice, but for amounts that they agreed line by line: of the rest each pays what the law says."""
    choice = Split.model_validate(chosen)
    return Split(choice="each_own") if choice.lines else choice


async def _refund_case(
    db: AsyncConnection, row: Row[Any], assessed_fen: int, reason: str, changed: Sequence[Change], ordinal: int
) -> UUID | None:
    """The proposal to give back, with every line; no money moves before two people decided."""
    lines = [
        {"item": one.item, "payer": one.payer, "billed_fen": one.billed_fen, "due_fen": one.due_fen}
        | {"refund_fen": one.refund_fen}
        for one in changed
        if one.refund_fen
    ]
    if not lines:
        return None
    amount = sum(one.refund_fen for one in changed)
    return await open_case(
        db,
        row.region,
        REFUND_CASE,
        f"{REFUND_CASE}:{row.id}:{ordinal}",
        f"缴款单 {row.number} 缴后核定价格为 {yuan(assessed_fen)} 元，应退 {yuan(amount)} 元：{reason}",
        {"bill": row.number, "assessed_fen": assessed_fen, "reason": reason, "lines": lines},
        amount,
        business_day=clock.today(),
        bill_id=row.id,
    )


def _listed(amounts: Mapping[Key, int]) -> list[dict[str, Any]]:
    return [{"item": item, "payer": payer, "fen": fen} for (item, payer), fen in amounts.items()]
