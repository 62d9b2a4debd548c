"""Drafts a bill: assessed, split, stored with everything from which it can be worked out again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Sequence as SqlSequence
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict
from foundation.identifiers import SERIALS, bill_number, new_id
from settlement.allocation.tables import allocation_line
from settlement.assessment import Assessment, Line, RuleSet, Transaction
from settlement.bills.intake import Case
from settlement.bills.tables import bill, bills, line, party, share, shares
from settlement.office import Actor, Office
from settlement.postings import TAX_LEG, due_account
from settlement.regions import Region
from settlement.rule_sets import current
from settlement.shares import Split, split
from settlement.shares.splitting import PAYERS, Owed

_SERIAL = SqlSequence("bill_serial")


class CaseHasBill(Conflict):
    """The case already has a bill that was not withdrawn."""

    code = "case_has_bill"


class QuestionOpen(BadInput):
    """A fact is missing without which an item of the bill has no amount."""

    code = "question_open"


async def draft_bill(office: Office, case: Case, actor: Actor) -> UUID:
    """Assesses a case, splits it and stores the bill, its parties, lines, shares and allocation lines."""
    region = office.region(case.transaction.region)
    async with office.database.begin() as db:
        rules = await current(db)
    lines = owed_lines(rules, case.transaction, region)
    amount = sum(one.amount_fen for one in lines)
    bill_id = new_id()
    async with office.database.begin() as db:
        serial: int = (await db.execute(select(_SERIAL.next_value()))).scalar_one()
        number = bill_number(region.region, clock.today(), serial % SERIALS)
        row = {
            "id": bill_id,
            "region": region.region,
            "number": number,
            "case_number": case.case_number,
            "unit_code": case.unit_code,
            "transaction": dict(case.facts),
            "rule_set": rules.hash,
            "split": case.split.model_dump(mode="json"),
            "amount_fen": amount,
            "state": bills.first,
            "created_by": actor.name,
            "created_at": clock.now(),
        }
        try:
            await db.execute(insert(bill).values(row))
        except IntegrityError as error:
            raise CaseHasBill(
                f"case {case.case_number} already has a bill; withdraw it first or go on with it", field="case_number"
            ) from error
        await db.execute(insert(party), _party_rows(office, bill_id, case))
        await db.execute(insert(line), [line_row(bill_id, place, one) for place, one in enumerate(lines)])
        await _lay_out_shares(db, region, bill_id, case.transaction, case.split)
    return bill_id


async def choose_split(office: Office, bill_id: UUID, choice: Split) -> None:
    """Divides a drafted bill anew. Once confirmed, the shares stand."""
    async with office.database.begin() as db:
        row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one()
        if row.state not in ("drafted", "stopped"):
            raise Conflict(f"bill {row.number} is {row.state}; who pays can be chosen only before it is confirmed")
        await db.execute(delete(allocation_line).where(allocation_line.c.bill_id == bill_id))
        await db.execute(delete(share).where(share.c.bill_id == bill_id))
        await _lay_out_shares(db, office.region(row.region), bill_id, Transaction.parse(row.transaction), choice)
        await db.execute(update(bill).where(bill.c.id == bill_id).values(split=choice.model_dump(mode="json")))


def owed_lines(rule_set: RuleSet, transaction: Transaction, region: Region) -> list[Line]:
    """The lines that a bill of this region collects from buyer and seller. QuestionOpen where a fact is missing."""
    assessment: Assessment = rule_set.assess(transaction)
    for open_line in assessment.open:
        if open_line.item in region.items and open_line.payer in PAYERS:
            raise QuestionOpen(
                f"transaction ({open_line.item} of the {open_line.payer})",
                None,
                f"an answer to: {open_line.question.zh} {open_line.question.en}",
            )
    return [one for one in assessment.lines if one.item in region.items and one.payer in PAYERS]


async def _lay_out_shares(
    db: AsyncConnection, region: Region, bill_id: UUID, transaction: Transaction, choice: Split
) -> None:
    """Writes shares and allocation lines, one of these for each piece of a line."""
    rows = (await db.execute(select(line).where(line.c.bill_id == bill_id).order_by(line.c.ordinal))).all()
    pieces = split(choice, [Owed(row.ordinal, row.item, row.payer, row.amount_fen) for row in rows])
    share_ids = {payer: new_id() for payer in PAYERS if any(piece.payer == payer for piece in pieces)}
    if not pieces:
        return
    await db.execute(
        insert(share),
        [
            {
                "id": share_id,
                "bill_id": bill_id,
                "payer": payer,
                "state": shares.first,
                "amount_fen": sum(piece.amount_fen for piece in pieces if piece.payer == payer),
            }
            for payer, share_id in share_ids.items()
        ],
    )
    by_ordinal = {row.ordinal: row for row in rows}
    await db.execute(
        insert(allocation_line),
        [
            {
                "id": new_id(),
                "region": region.region,
                "bill_id": bill_id,
                "line_id": by_ordinal[piece.ordinal].id,
                "share_id": share_ids[piece.payer],
                "amount_fen": piece.amount_fen,
                "state": "planned",
                "leg": "tax" if by_ordinal[piece.ordinal].item in TAX_LEG else "non_tax",
                "account": due_account(region, by_ordinal[piece.ordinal].item, transaction),
            }
            for piece in pieces
        ],
    )


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
            }
        )
    return rows


def line_row(bill_id: UUID, ordinal: int, one: Line) -> Mapping[str, Any]:
    """A line as it is stored."""
    return {
        "id": new_id(),
        "bill_id": bill_id,
        "ordinal": ordinal,
        "item": one.item,
        "payer": one.payer,
        "amount_fen": one.amount_fen,
        "base_fen": one.base_fen,
        "rate": one.rate,
        "rule": one.rule,
        "citations": list(one.references),
        "explanation": {"zh": one.explanation.zh, "en": one.explanation.en},
        "trace": dict(one.trace),
    }


def recompute(rule_set: RuleSet, facts: Mapping[str, Any], region: Region) -> list[tuple[str, str, int]]:
    """(item, payer, fen) of a stored bill worked out again from what is stored with it."""
    lines = owed_lines(rule_set, Transaction.parse(facts), region)
    return [(one.item, one.payer, one.amount_fen) for one in lines]
