"""The tax officer's lists of what did not go the straight way: 退回, 更正 and 核定; and what arrived, to keep."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.access import actor
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.pages.tax import TaxOfficer
from api.people import Person
from api.problems import status_of
from api.spreadsheets import Column, Holds, Table, to_keep
from foundation.errors import BadInput, HeyiError
from foundation.money import fen_of
from settlement.bills.assessed import assessed_bills
from settlement.bills.later_assessment import assess_later
from settlement.bills.listing import find_bill
from settlement.office import Office
from settlement.receipts.confirming import arrived_sums
from settlement.receipts.returned import returned_taxes

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

AsText = Annotated[str, Form()]
_REASON = range(2, 201)


@router.get("/tax/arrived")
async def arrived(
    request: Request, who: TaxOfficer, form: Annotated[Literal["xlsx", "csv"], Query(alias="format")] = "xlsx"
) -> Response:
    """What arrived by item, treasury and subject, with its totals, as a file."""
    t = speech(request)
    sums = await arrived_sums(request.app.state.office, who.region)
    columns = (
        Column(t("line.item")),
        Column(t("tax.treasury")),
        Column(t("tax.subject")),
        Column(t("tax.level")),
        Column(t("tax.count"), Holds.count),
        Column(t("finance.amount"), Holds.fen),
        Column(t("tax.confirmed"), Holds.count),
    )
    rows = [
        (t(f"item.{one.item}"), one.treasury, one.budget_subject, one.budget_level, one.count, one.amount_fen,
         one.confirmed)
        for one in sums
    ]  # fmt: skip
    totals = (
        t("finance.sum"), None, None, None, sum(one.count for one in sums), sum(one.amount_fen for one in sums),
        sum(one.confirmed for one in sums),
    )  # fmt: skip
    return to_keep(f"heyi-{who.region}-arrived", form, Table(t("tax.arrived"), columns, rows, totals))


@router.get("/tax/returned")
async def returned(request: Request, who: TaxOfficer) -> Response:
    """The queue of 退回 and 更正, with what was decided."""
    office: Office = request.app.state.office
    rows = await returned_taxes(office, who.region)
    return page(request, "tax/returned.html", region=office.region(who.region), rows=rows)


@router.get("/tax/assessments")
async def assessments(request: Request, who: TaxOfficer) -> Response:
    """What was assessed later, and what followed from it."""
    return await _assessments(request, who)


@router.post("/tax/assessments")
async def assess(
    request: Request, who: TaxOfficer, number: AsText = "", assessed: AsText = "", reason: AsText = ""
) -> Response:
    """Records an assessed price of a confirmed bill. What was typed stays where it is refused."""
    office: Office = request.app.state.office
    try:
        if len(reason.strip()) not in _REASON:
            raise BadInput("reason", reason.strip(), "2 to 200 characters that say why, with the document's number")
        fen = fen_of(assessed.strip().replace(",", ""), "assessed")
        bill_id = await find_bill(office, who.region, number.strip())
        await assess_later(office, bill_id, fen, reason.strip(), actor(who))
    except HeyiError as error:
        typed = {"number": number, "assessed": assessed, "reason": reason}
        return await _assessments(request, who, typed, refusal(error, speech(request)), status_of(error))
    return RedirectResponse("/tax/assessments", 303)


async def _assessments(
    request: Request, who: Person, typed: dict[str, str] | None = None, said: Refusal | None = None, status: int = 200
) -> Response:
    office: Office = request.app.state.office
    return page(
        request,
        "tax/assessments.html",
        status=status,
        region=office.region(who.region),
        rows=await assessed_bills(office, who.region),
        typed=typed or {"number": "", "assessed": "", "reason": ""},
        refusal=said,
        here="/tax/assessments",
    )
