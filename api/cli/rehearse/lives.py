"""The life of one case: the window takes it in, its payers pay or don't, and whatever turn it takes.

Everything goes through the engine's own doors; a refusal is taken as a person would take it.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from itertools import chain, repeat
from uuid import UUID

from sqlalchemy import select

from api.cli.rehearse.cases import case_of, tail_of
from api.cli.rehearse.payers import Visitor, pay
from api.cli.rehearse.plan import SIDES, TOGETHER, Payer, Plan, Turn
from api.cli.rehearse.together import live_together
from api.cli.rehearse.town import CLERK, DECIDES, OFFICER, Town
from foundation import clock
from settlement.bills.confirmation import TaxDiffers, confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.later_assessment import assess_later
from settlement.bills.tables import share
from settlement.bills.withdrawal import withdraw_bill
from settlement.payments.closing import cancel_code, replace_code
from settlement.refunds.deciding import approve_refund, reject_refund
from settlement.refunds.proposing import Wish, propose_refund
from settlement.refunds.reading import RefundableLine, refundable

_TRIES = 40
_PAID = ("paid", "settled", "cleared")
_ARRIVED = ("settled", "cleared")
_ENDED = ("withdrawn", "refunded")

_Choice = Callable[[RefundableLine], int | None]
"""How much of a line is wished back: fen, or None for all that is left."""


async def live(town: Town, plan: Plan, today: date) -> None:
    """A case from the window to its end."""
    if plan.kind in TOGETHER:
        await live_together(town, plan, today)
        return
    case = case_of(plan, today)
    if plan.turn is Turn.tax_differs:
        case = await _taken_in_anew(town, plan, today)
    bill_id = await draft_bill(town.office, parse_case(case), CLERK)
    await town.confirmed(bill_id)
    visitors = [
        Visitor(plan.region, bill_id, side, tail_of(case, side), plan.payers[side])
        for side in SIDES
        if side in await _payers(town, bill_id)
    ]
    match plan.turn:
        case Turn.expired:
            return
        case Turn.replaced:
            _soon(town, 3, town.may(replace_code(town.office, bill_id, CLERK, "二维码遗失")))
        case Turn.cancelled:
            _soon(town, 5, town.may(cancel_code(town.office, bill_id, CLERK, "当事人要求")))
            _soon(town, 30, _withdrawn(town, bill_id))
    for visitor in visitors:
        await pay(town, visitor)
    _soon(town, 24 * 60, _given_up(town, bill_id))
    await _afterwards(town, plan, bill_id, case)


async def _afterwards(town: Town, plan: Plan, bill_id: UUID, case: dict[str, object]) -> None:
    match plan.turn:
        case Turn.refund_soon:
            if await _reaches(town, bill_id, _PAID):
                await _refunded(town, bill_id, lambda line: None, rejects=plan.number % 3 == 0)
        case Turn.refund_later:
            if await _reaches(town, bill_id, _ARRIVED):
                await _refunded(town, bill_id, lambda line: None, rejects=plan.number % 5 == 0)
        case Turn.refund_part:
            if await _reaches(town, bill_id, _ARRIVED):
                await _refunded(town, bill_id, lambda line: 1 + line.left_fen // 2, rejects=False)
        case Turn.assessed_up:
            if await _reaches(town, bill_id, _PAID):
                await _supplemented(town, plan, bill_id, case)
        case Turn.assessed_down:
            if await _reaches(town, bill_id, _ARRIVED):
                lower = plan.price_fen * 4 // 5
                await town.may(assess_later(town.office, bill_id, lower, "核定通知书", OFFICER))


async def _given_up(town: Town, bill_id: UUID) -> None:
    """Where one side paid and the other did not come, the deal is off on the next day: what was paid goes back.

    The window looks again while the code is just ending by itself, and while nobody knows of a payment, which may stand
    in a file only.
    """
    for _ in range(_TRIES):
        state = await town.state_of(bill_id)
        if state in (*_PAID, *_ENDED):
            return
        if state == "part_paid":
            await town.may(cancel_code(town.office, bill_id, CLERK, "另一方未缴，交易取消"))
            if await _refunded(town, bill_id, lambda line: None, rejects=False):
                return
        await town.timeline.minutes(180)


async def _taken_in_anew(town: Town, plan: Plan, today: date) -> dict[str, object]:
    """The tax office works out another amount: the bill is withdrawn and, when that is mended, comes again."""
    case = case_of(plan, today)
    slip = {"kind": "tax_amount", "case_number": case["case_number"], "item": "deed_tax", "amount_fen": 12_345}
    await town.desk.fault(**slip)
    bill_id = await draft_bill(town.office, parse_case(case), CLERK)
    try:
        await confirm_bill(town.office, bill_id, CLERK)
    except TaxDiffers as error:
        town.note(error.code, error.detail)
    await town.timeline.minutes(20)
    await withdraw_bill(town.office, bill_id, CLERK, "税务核定有误，重新受理")
    return case_of(plan, today, attempt=2)


async def _payers(town: Town, bill_id: UUID) -> set[str]:
    async with town.office.database.connect() as db:
        return set(await db.scalars(select(share.c.payer).where(share.c.bill_id == bill_id)))


def _soon(town: Town, minutes: float, act: Awaitable[object]) -> None:
    """Somebody does something beside what the payers do."""

    async def acting() -> None:
        await act

    town.timeline.begin(clock.now() + timedelta(minutes=minutes), acting())


async def _withdrawn(town: Town, bill_id: UUID) -> None:
    """Withdraws a bill as soon as nothing may be under way, unless it was paid after all."""
    for _ in range(_TRIES):
        if await town.state_of(bill_id) != "confirmed":
            return
        await town.may(withdraw_bill(town.office, bill_id, CLERK, "当事人要求"))
        await town.timeline.minutes(10)


async def _reaches(town: Town, bill_id: UUID, states: tuple[str, ...]) -> bool:
    """Waits for a bill to get somewhere: at every quarter of an hour, then the next mornings."""
    for look in range(_TRIES):
        state = await town.state_of(bill_id)
        if state in states:
            return True
        if state in _ENDED:
            return False
        await town.timeline.minutes(15 if look < 8 else 180)
    return False


async def _refunded(town: Town, bill_id: UUID, choose: _Choice, *, rejects: bool) -> bool:
    """The window proposes, finance decides; a line that is just on its way is decided on later. False: not proposed."""
    could = await refundable(town.office, bill_id)
    wishes = [Wish(line.allocation_line_id, choose(line)) for line in could.lines if line.left_fen]
    if not wishes:
        return False
    refund_id = await town.may(propose_refund(town.office, bill_id, wishes, (), "合同解除", CLERK))
    if refund_id is None:
        return False
    await town.timeline.minutes(12)
    if rejects:
        await town.may(reject_refund(town.office, refund_id, DECIDES, "材料不全"))
        return True
    waits = chain(repeat(10, _TRIES), repeat(180))  # money may be stuck on its way until faults end
    while not await town.may(_approval(town, refund_id)):  # what stays unapproved is found as stuck
        await town.timeline.minutes(next(waits))
    return True


async def _approval(town: Town, refund_id: UUID) -> bool:
    await approve_refund(town.office, refund_id, DECIDES)
    return True


async def _supplemented(town: Town, plan: Plan, bill_id: UUID, case: dict[str, object]) -> None:
    """The tax office finds a higher price: what is owed more is billed, confirmed and paid like any other."""
    higher = plan.price_fen * 13 // 10
    found = await town.may(assess_later(town.office, bill_id, higher, "核定通知书", OFFICER))
    if found is None or found.supplementary_bill_id is None:
        return
    more = found.supplementary_bill_id
    await town.confirmed(more)
    for side in SIDES:
        if side in await _payers(town, more):
            calm = Payer(plan.payers[side].manner, plan.payers[side].minutes, ())
            await pay(town, Visitor(plan.region, more, side, tail_of(case, side), calm))
