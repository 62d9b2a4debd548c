"""Stores a bill with its parties, lines, shares and allocation lines, and lays the shares out anew on request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Sequence as SqlSequence
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import Conflict
from foundation.identifiers import SERIALS, bill_number, new_id
from settlement.allocation.tables import allocation_line
from settlement.assessment import Line, Transaction
from settlement.bills.tables import bill, bills, line, party, share, shares
from settlement.postings import TAX_LEG, due_account
from settlement.regions import PriceBasis, Region
from settlement.shares import Split, split
from settlement.shares.loading import Load, loaded
from settlement.shares.splitting import PAYERS, Owed

_SERIAL = SqlSequence("bill_serial")


class CaseHasBill(Conflict):
    """The case already has a bill that was not withdrawn."""

    code = "case_has_bill"


@dataclass(frozen=True, slots=True)
class NewBill:
    """A bill to be stored. `parties` and `lines` are rows as their tables have them, `facts` its transaction."""

    id: UUID
    kind: str
    case_number: str
    unit_code: str
    facts: Mapping[str, Any]
    rule_set: str
    split: Split
    parties: Sequence[Mapping[str, Any]]
    lines: Sequence[Mapping[str, Any]]
    created_by: str
    price_basis: PriceBasis
    supplements: UUID | None = None
    window_code: str | None = None


async def next_number(db: AsyncConnection, region: Region) -> str:
    """The next number of a region's day, of a bill or of what pays many together."""
    serial: int = (await db.execute(select(_SERIAL.next_value()))).scalar_one()
    return bill_number(region.region, clock.today(), serial % SERIALS)


async def store_bill(db: AsyncConnection, region: Region, new: NewBill) -> None:
    """Stores a drafted bill. CaseHasBill where the case has one already."""
    row = {
        "id": new.id,
        "region": region.region,
        "number": await next_number(db, region),
        "kind": new.kind,
        "case_number": new.case_number,
        "unit_code": new.unit_code,
        "transaction": dict(new.facts),
        "rule_set": new.rule_set,
        "price_basis": new.price_basis,
        "supplements": new.supplements,
        "split": new.split.model_dump(mode="json"),
        "amount_fen": sum(one["amount_fen"] for one in new.lines),
        "state": bills.first,
        "created_by": new.created_by,
        "window_code": new.window_code,
        "created_at": clock.now(),
    }
    try:
        await db.execute(insert(bill).values(row))
    except IntegrityError as error:
        raise CaseHasBill(
            f"case {new.case_number} already has a bill; withdraw it first or go on with it", field="case_number"
        ) from error
    await db.execute(insert(party), new.parties)
    await db.execute(insert(line), new.lines)
    await lay_out_shares(db, region, new.id, Transaction.parse(new.facts), new.split)


async def lay_out_shares(
    db: AsyncConnection, region: Region, bill_id: UUID, transaction: Transaction, choice: Split
) -> None:
    """Writes shares and allocation lines, one of these for each piece of a line.

    A payer has one share, or several where one order of the region's channel cannot carry what they pay.
    """
    rows = (await db.execute(select(line).where(line.c.bill_id == bill_id).order_by(line.c.ordinal))).all()
    pieces = split(choice, [Owed(row.ordinal, row.item, row.payer, row.amount_fen) for row in rows])
    if not pieces:
        return
    by_ordinal = {row.ordinal: row for row in rows}
    legs = {row.ordinal: "tax" if row.item in TAX_LEG else "non_tax" for row in rows}
    receivers = {"tax": region.channel.receivers.treasury, "non_tax": region.channel.receivers.non_tax}
    laid_out: list[tuple[UUID, str, int, list[Load]]] = []
    for payer in PAYERS:
        of_payer = [
            Load(piece.ordinal, receivers[legs[piece.ordinal]], piece.amount_fen)
            for piece in pieces
            if piece.payer == payer
        ]
        orders = enumerate(loaded(of_payer, region.channel.limits), start=1)
        laid_out += [(new_id(), payer, place, loads) for place, loads in orders]
    await db.execute(
        insert(share),
        [
            {
                "id": share_id,
                "bill_id": bill_id,
                "payer": payer,
                "ordinal": place,
                "state": shares.first,
                "amount_fen": sum(load.amount_fen for load in loads),
            }
            for share_id, payer, place, loads in laid_out
        ],
    )
    await db.execute(
        insert(allocation_line),
        [
            {
                "id": new_id(),
                "region": region.region,
                "bill_id": bill_id,
                "line_id": by_ordinal[load.ordinal].id,
                "share_id": share_id,
                "amount_fen": load.amount_fen,
                "state": "planned",
                "leg": legs[load.ordinal],
                "account": due_account(region, by_ordinal[load.ordinal].item, transaction),
            }
            for share_id, _, _, loads in laid_out
            for load in loads
        ],
    )


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
