"""The office behind the window: what two finance officers do about the cases that wait for a person."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cli.rehearse.town import ASKS, DECIDES, Town
from foundation.errors import Conflict
from settlement.adjustments.deciding import ask_and_decide
from settlement.adjustments.proposing import propose
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import pay_code, voucher
from settlement.cases import office_case
from settlement.cases.reading import CaseRow, list_cases
from settlement.payments.lookup import find_order_row
from settlement.payments.queries import ask_about
from settlement.refunds.deciding import approve_refund
from settlement.refunds.errands import close_errand
from settlement.refunds.proposing import Wish, propose_refund
from settlement.refunds.reading import refundable
from settlement.refunds.sending import resume_refund
from settlement.refunds.tables import refund, refund_line

_AT_ONCE = 8
_ASKED = "已与对方核实"
_COUNTERS = {"R-treasury": "treasury", "R-non-tax": "non_tax", "R-by-hand": "channel"}


async def tend_cases(town: Town) -> None:
    """Goes through the open cases once; each is brought as far as two people can bring it."""
    async with town.office.database.connect() as db:
        cases = [case for region in town.regions for case in await list_cases(db, region)]
    places = asyncio.Semaphore(_AT_ONCE)

    async def tend(case: CaseRow) -> None:
        async with places:
            if act := _DESKS.get(case.kind):
                await town.may(act(town, case))

    await asyncio.gather(*(tend(case) for case in cases))


async def _give_surplus_back(town: Town, case: CaseRow) -> None:
    """Money that no share waits for goes back. Where it is not booked yet, the channel is still being asked."""
    if case.bill_id is None:
        return
    could = await refundable(town.office, case.bill_id)
    surplus = [one.id for one in could.surplus if not one.in_refund]
    if surplus:
        await _proposed_and_approved(town, case.bill_id, [], surplus, "长款退回")


async def _second_payment(town: Town, case: CaseRow) -> None:
    """An order that is paid already was paid again, and perhaps only the channel's file tells of it.

    Then two people take its row. The channel often answers for the order's first payment, and not for this one.
    """
    async with town.office.database.connect() as db:
        facts = await _facts(db, case)
    if facts.get("does") == "take":
        await _closed(town, case.id, reason=_ASKED)
    else:
        await _give_surplus_back(town, case)


async def _give_lines_back(town: Town, case: CaseRow) -> None:
    """A price that was assessed lower afterwards: every line of the case goes back as far as it says.

    The same kind is a list of the tax office that shows another amount; that names no lines, and finance asks.
    """
    async with town.office.database.connect() as db:
        facts = await _facts(db, case)
    if "lines" not in facts:
        await _closed(town, case.id, _ASKED)
        return
    assert case.bill_id is not None
    could = await refundable(town.office, case.bill_id)
    missing = {(one["item"]): int(one["refund_fen"]) for one in facts["lines"]}
    wishes = []
    for line in could.lines:
        fen = min(missing.get(line.item, 0), line.left_fen)
        if fen:
            wishes.append(Wish(line.allocation_line_id, fen))
            missing[line.item] -= fen
    if any(missing.values()):
        raise Conflict(f"of case {case.id} {missing} fen are not there to be given back")
    await _proposed_and_approved(town, case.bill_id, wishes, [], "缴后核定调整")
    await _closed(town, case.id, "退款已批准")


async def _proposed_and_approved(
    town: Town, bill_id: UUID, wishes: list[Wish], surplus: list[UUID], reason: str
) -> None:
    refund_id = await propose_refund(town.office, bill_id, wishes, surplus, reason, ASKS)
    await approve_refund(town.office, refund_id, DECIDES)


async def _resume(town: Town, case: CaseRow) -> None:
    assert case.bill_id is not None
    failed = (refund.c.bill_id == case.bill_id) & (refund.c.state == "failed")
    async with town.office.database.connect() as db:
        refund_ids = (await db.scalars(select(refund.c.id).where(failed))).all()
    for refund_id in refund_ids:
        await resume_refund(town.office, refund_id, ASKS)


async def _carry_out(town: Town, case: CaseRow) -> None:
    """An officer gives a line back at the institution's own counter, and the number of the paper is recorded."""
    async with town.office.database.connect() as db:
        facts = await _facts(db, case)
        line_id = UUID(facts["refund_line_id"])
        row = (
            await db.execute(
                select(
                    refund_line.c.amount_fen,
                    refund_line.c.query_id,
                    refund_line.c.account,
                    voucher.c.tax_voucher_no,
                    pay_code.c.code,
                )
                .outerjoin(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
                .outerjoin(voucher, voucher.c.id == allocation_line.c.voucher_id)
                .outerjoin(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
                .where(refund_line.c.id == line_id)
            )
        ).one()
    keys = {"treasury": row.tax_voucher_no, "non_tax": row.code, "channel": row.query_id}
    counter = _COUNTERS[case.kind]
    item = row.account.split(":")[3] if counter == "non_tax" else None
    reference = await town.desk.hand_back(counter, keys[counter], row.amount_fen, item)
    red = f"H{reference[-12:]}" if counter == "non_tax" else None
    await close_errand(town.office, line_id, reference, red, ASKS)


async def _facts(db: AsyncConnection, case: CaseRow) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (
        await db.execute(select(office_case.c.facts).where(office_case.c.id == case.id))
    ).scalar_one()
    return found


async def _ask_channel(town: Town, case: CaseRow) -> None:
    """A statement shows money that an order of ours has not: the channel is asked about the order once more.

    While it denies the payment the case stays, and the channel is asked again the next time.
    """
    async with town.office.database.connect() as db:
        order = await find_order_row(db, (await _facts(db, case))["second_key"])
    if order is not None and (await ask_about(town.office, order)).name == "stale":
        return
    await _closed(town, case.id, _ASKED)


async def _after_close(town: Town, case: CaseRow) -> None:
    """Paid after the code was closed: the file tells of it and it is not booked yet, or it is, as surplus."""
    async with town.office.database.connect() as db:
        facts = await _facts(db, case)
    await (_ask_channel if facts.get("does") == "take" else _give_surplus_back)(town, case)


async def _send_again(town: Town, case: CaseRow) -> None:
    """What was sent back goes once more, as the case suggests."""
    await _closed(town, case.id)


async def _correct(town: Town, case: CaseRow) -> None:
    """The tax officer has a wrong subject corrected; when it is, two people let it stand."""
    async with town.office.database.connect() as db:
        facts = await _facts(db, case)
        levy_number = await db.scalar(select(voucher.c.levy_number).where(voucher.c.id == UUID(facts["claim"])))
    if facts["said"] in facts["expected"]:
        await _closed(town, case.id)
    else:
        await town.desk.correct(str(levy_number))


async def _wait(town: Town, case: CaseRow) -> None:
    """Nobody can do anything: it ends by itself, or stands as a note of the day."""


async def _closed(town: Town, case_id: UUID, action: str | None = None, reason: str | None = None) -> None:
    """Two people close a case: as it suggests, or with a word and no entries; `reason`: why the second one agrees."""
    async with town.office.database.begin() as db:
        entries = None if action is None else ()
        await propose(db, town.office.regions, case_id, ASKS, action, entries)
    await ask_and_decide(town.office, case_id, DECIDES, approve=True, reason=reason)


_DESKS: Mapping[str, Callable[[Town, CaseRow], Awaitable[None]]] = {
    **dict.fromkeys(("P-10", "P-11"), _give_surplus_back),
    "P-3": _after_close,
    "P-6": _second_payment,
    **dict.fromkeys(("P-2", "P-4", "P-21"), _ask_channel),
    "T-11": _give_lines_back,
    "R-failed": _resume,
    **dict.fromkeys(_COUNTERS, _carry_out),
    "L-sent-back": _send_again,
    "L-wrong-subject": _correct,
    **dict.fromkeys(("S-forged", "L-stuck"), _wait),
}
"""Who sees to which kind of case. What a statement of the day brought up is decided after its close."""


async def close_named_breaks(town: Town, region: str, day: date) -> None:
    """Two people close a region's cases of differences that the statements of some days had, and nothing settled.

    What was missing may stand in the next day's statement, so nothing of the last day is closed yet.
    """
    old = (office_case.c.state == "open") & (office_case.c.business_day < day)
    async with town.office.database.connect() as db:
        rows = await db.execute(select(office_case.c.id, office_case.c.kind).where(old, office_case.c.region == region))
        ids = [row.id for row in rows if row.kind not in _DESKS]
    for case_id in ids:
        await town.may(_closed(town, case_id, _ASKED))
