"""Many bills at once: a developer's list as Excel, a bank's mortgages; and what one payer has due in them, together."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from openpyxl import Workbook

from api.case_lists import read_list
from api.cli.rehearse.cases import BANK, DEVELOPER, case_of, identity, unit_code
from api.cli.rehearse.payers import Company, Visitor, pay
from api.cli.rehearse.plan import Kind, Plan
from api.cli.rehearse.town import CLERK, Town
from foundation import clock
from foundation.money import plain_yuan
from settlement.batches.reading import BatchView, read_batch
from settlement.batches.taking_in import confirm_batch, take_in_batch
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.joint.choosing import bills_of_list, bills_of_month
from settlement.joint.making import make_joint_payment
from settlement.kinds import business_kind

_TRIES = 60


async def live_together(town: Town, plan: Plan, today: date) -> None:
    """Bills that come at once, from the window to their payers."""
    if plan.kind is Kind.new_homes:
        await _developer(town, plan, today)
    else:
        await _bank(town, plan, today)


async def _developer(town: Town, plan: Plan, today: date) -> None:
    """A list is taken in, worked through and confirmed; buyers pay their own, the developer all of theirs together."""
    kind, region = business_kind("new_home"), town.office.region(plan.region)
    rows = read_list(_workbook(plan, today), kind, region)
    batch_id = await take_in_batch(town.office, plan.region, kind, f"新房{plan.number}", rows, CLERK)
    await _worked_through(town, batch_id)
    for _ in range(_TRIES):  # a row that an institution stopped is tried again
        await confirm_batch(town.office, batch_id, CLERK)
        if (await _worked_through(town, batch_id)).counts == {"confirmed": plan.size}:
            break
    else:
        raise TimeoutError(f"list {batch_id} could not be confirmed in {_TRIES} tries")
    for place, one in enumerate((await read_batch(town.office, batch_id)).rows):
        assert one.bill_id is not None
        tail = identity(plan, place)[-4:]
        _beside(town, place, Visitor(plan.region, one.bill_id, "transferee", tail, plan.payers["transferee"]))
    owed = await bills_of_list(town.office, batch_id, "transferor")
    await _paid_together(town, plan, owed, "transferor")


async def _bank(town: Town, plan: Plan, today: date) -> None:
    """Mortgages of one bank are taken in one by one, and what it owes of this month is paid together."""
    own = [
        await draft_bill(town.office, parse_case(case_of(plan, today, place=place)), CLERK)
        for place in range(plan.size)
    ]
    for bill_id in own:
        await town.confirmed(bill_id)
    owed = await bills_of_month(town.office, plan.region, "mortgagee", BANK[1], clock.today())
    if not await _paid_together(town, plan, owed, "mortgagee"):  # some of it is being paid in another way
        await _paid_together(town, plan, own, "mortgagee")


async def _paid_together(town: Town, plan: Plan, bill_ids: list[UUID], side: str) -> bool:
    """Whether what a side owes of bills could be put together; then it has paid it."""
    made = await town.may(make_joint_payment(town.office, plan.region, bill_ids, side, "一并缴款", CLERK))
    if made is None:
        return False
    await pay(town, Company(plan.region, made, plan.payers[side]))
    return True


def _beside(town: Town, place: int, visitor: Visitor) -> None:
    """A buyer comes beside the others."""
    town.timeline.begin(clock.now() + timedelta(minutes=2 + place), pay(town, visitor))


async def _worked_through(town: Town, batch_id: UUID) -> BatchView:
    """The list, once nothing more is being done on it."""
    for _ in range(_TRIES):
        await town.timeline.minutes(2)
        view = await read_batch(town.office, batch_id)
        if not view.busy:
            return view
    raise TimeoutError(f"list {batch_id} was not worked through")


def _workbook(plan: Plan, today: date) -> bytes:
    """The developer's list, under the names of the fields."""
    book = Workbook()
    sheet: Any = book.active
    rows = [_row(plan, today, place) for place in range(plan.size)]
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _row(plan: Plan, today: date, place: int) -> dict[str, str]:
    return {
        "case_number": f"RE{today:%Y%m%d}-{plan.number:06d}-L{place}",
        "unit_code": unit_code(plan, place),
        "transferee.name": f"买方{plan.number}之{place}",
        "transferee.identity": identity(plan, place),
        "transferor.name": DEVELOPER[0],
        "transferor.identity_kind": "credit_code",
        "transferor.identity": DEVELOPER[1],
        "property.use": "residential",
        "property.area_m2": str(80 + plan.number % 60),
        "price.amount_fen": plain_yuan(plan.price_fen + place * 100),
        "price.includes_vat": "false",
        "contract_date": today.isoformat(),
        "transferee.kind": "individual",
        "transferee.homes_owned": str(place % 3),
        "location": "urban",
        "certificates": "1",
    }
