"""Drafts a bill: assessed, split, stored with everything from which it can be worked out again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from foundation.errors import BadInput, Conflict
from foundation.identifiers import new_id
from settlement.allocation.tables import allocation_line
from settlement.assessment import Assessment, Line, RuleSet, Transaction
from settlement.bills.establishing import establish
from settlement.bills.intake import Case
from settlement.bills.parties import tail_digest
from settlement.bills.storing import CaseHasBill, NewBill, lay_out_shares, line_row, store_bill
from settlement.bills.tables import bill, share
from settlement.homes.keeping import keep_count
from settlement.kinds import BusinessKind, business_kind
from settlement.messages.contacts import keep_contact
from settlement.office import Actor, Office
from settlement.regions import Region
from settlement.rule_sets import current
from settlement.shares import Split
from settlement.shares.splitting import PAYERS
from settlement.windows.reading import open_window

__all__ = ["CaseHasBill", "QuestionOpen", "choose_split", "draft_bill", "owed_lines"]


class QuestionOpen(BadInput):
    """A fact is missing without which an item of the bill has no amount."""

    code = "question_open"


async def draft_bill(office: Office, case: Case, actor: Actor) -> UUID:
    """Assesses a case, splits it and stores the bill, its parties, lines, shares and allocation lines.

    NotAllowed where the actor sits at a window that may not take it in.
    """
    region = office.region(case.transaction.region)
    await _check_window(office, region, case, actor)
    known = await establish(office, region, case, actor)
    async with office.database.begin() as db:
        rules = await current(db)
    business_kind(case.kind.kind, region)
    lines = owed_lines(rules, known.transaction, region, case.kind)
    case.kind.check_payers({one.side for one in case.parties}, lines)
    bill_id = new_id()
    new = NewBill(
        id=bill_id,
        kind=case.kind.kind,
        case_number=case.case_number,
        unit_code=case.unit_code,
        facts=known.facts,
        rule_set=rules.hash,
        split=case.split,
        parties=_party_rows(office, bill_id, case),
        lines=[line_row(bill_id, place, one) for place, one in enumerate(lines)],
        created_by=actor.name,
        window_code=actor.window,
        price_basis=known.price_basis,
    )
    async with office.database.begin() as db:
        await store_bill(db, region, new)
        if known.home_count and case.homes:
            await keep_count(office, db, bill_id, known.home_count, case.homes)
        for one in case.parties:
            if one.phone:
                await keep_contact(office, db, bill_id, one.side, one.phone, actor.name)
    return bill_id


async def choose_split(office: Office, bill_id: UUID, choice: Split) -> None:
    """Divides a drafted bill anew. Once confirmed, the shares stand."""
    async with office.database.begin() as db:
        row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one()
        if row.state not in ("drafted", "stopped"):
            raise Conflict(f"bill {row.number} is {row.state}; who pays can be chosen only before it is confirmed")
        await db.execute(delete(allocation_line).where(allocation_line.c.bill_id == bill_id))
        await db.execute(delete(share).where(share.c.bill_id == bill_id))
        await lay_out_shares(db, office.region(row.region), bill_id, Transaction.parse(row.transaction), choice)
        await db.execute(update(bill).where(bill.c.id == bill_id).values(split=choice.model_dump(mode="json")))


def owed_lines(rule_set: RuleSet, transaction: Transaction, region: Region, kind: BusinessKind) -> list[Line]:
    """The lines that a bill of this kind collects in this region. QuestionOpen where a fact is missing."""
    assessment: Assessment = rule_set.assess(transaction)
    for open_line in assessment.open:
        if kind.collects(region, open_line.item, open_line.payer):
            raise QuestionOpen(
                f"transaction ({open_line.item} of the {open_line.payer})",
                None,
                f"an answer to: {open_line.question.zh} {open_line.question.en}",
            )
    return [one for one in assessment.lines if kind.collects(region, one.item, one.payer)]


async def _check_window(office: Office, region: Region, case: Case, actor: Actor) -> None:
    """NotAllowed where the window at which this is taken in is closed, or where the case is not for it."""
    if actor.window is None:
        return
    async with office.database.connect() as db:
        window = await open_window(db, region.region, actor.window)
    window.check(case.kind, [(one.side, one.identity) for one in case.parties])


def _party_rows(office: Office, bill_id: UUID, case: Case) -> Sequence[Mapping[str, Any]]:
    counts = dict.fromkeys(PAYERS, -1)
    rows = []
    for one in case.parties:
        counts[one.side] += 1
        rows.append(
            {
                "id": new_id(),
                "bill_id": bill_id,
                "side": one.side,
                "ordinal": counts[one.side],
                "name_sealed": office.seal.close(one.name, "party.name"),
                "identity_kind": one.identity_kind,
                "identity_sealed": office.seal.close(one.identity, "party.identity"),
                "identity_digest": office.seal.digest(one.identity),
                "tail_digest": tail_digest(office, one.identity),
            }
        )
    return rows
