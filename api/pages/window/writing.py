"""The new case: the form, what it would owe while it is typed, and the bill that comes of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api import case_form
from api.access import actor, own, signed_in
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, form_field, refusal
from api.pages.window.breakdown import Breakdown, Comparison, break_down, compare
from api.pages.window.kinds import first_kind, kinds_of
from api.pages.window.queue import queue_beside
from api.people import Person
from api.problems import status_of
from foundation.errors import BadInput, HeyiError
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.reading import read_bill
from settlement.identities import IDENTITY_KINDS
from settlement.kinds import business_kind
from settlement.office import Office
from settlement.regions import Region
from settlement.rule_sets import current

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk", "partner"))]


@router.get("/window")
async def new_case(request: Request, who: Clerk, kind: str = "", correct: UUID | None = None) -> Response:
    """The queue and an empty form of a kind, or the form with the facts of a bill that is to be corrected."""
    kind = kind or await first_kind(request, who)
    typed = case_form.empty(business_kind(kind, request.app.state.office.region(who.region)))
    if correct is not None:
        view = await read_bill(request.app.state.office, correct)
        own(who, view)
        typed = case_form.filled(view) | {"correct": str(correct)}
    return await _form(request, who, typed)


@router.post("/window/people/{side}")
async def one_more(request: Request, who: Clerk, side: str) -> Response:
    """The form with room for one more person of a side."""
    typed = await _typed(request)
    typed[f"people.{side}"] = str(case_form.people(typed, side) + 1)
    return await _form(request, who, typed)


@router.post("/window/breakdown")
async def breakdown(request: Request, who: Clerk) -> Response:
    """What the case would owe, as typed so far."""
    typed = await _typed(request)
    office: Office = request.app.state.office
    try:
        owed = await _owed(office, typed, office.region(who.region))
    except BadInput as error:
        said = refusal(error, speech(request))
        return page(request, "window/breakdown.html", owed=None, compared=None, refusal=said)
    compared = await _compared(office, who, typed, owed)
    return page(request, "window/breakdown.html", owed=owed, compared=compared, refusal=None)


@router.post("/window/bills")
async def draft(request: Request, who: Clerk) -> Response:
    """Takes the case in, or shows the form again with what is wrong beside its field."""
    office: Office = request.app.state.office
    typed = await _typed(request)
    try:
        bill_id = await draft_bill(office, parse_case(case_form.case_of(typed, office.region(who.region))), actor(who))
    except HeyiError as error:
        said = refusal(error, speech(request))
        if isinstance(error, BadInput):
            kind = case_form.kind_of(typed, office.region(who.region))
            said = Refusal(said.sentence, case_form.field_of_party(form_field(error.field), typed, kind))
        return await _form(request, who, typed, said, status_of(error))
    return RedirectResponse(f"/window/bills/{bill_id}", 303)


async def _owed(office: Office, typed: dict[str, str], region: Region) -> Breakdown:
    """What the case would owe under the set of rules that is in force now."""
    async with office.database.begin() as db:
        rules = await current(db)
    return break_down(rules, case_form.facts_of(typed, region), region, case_form.kind_of(typed, region))


async def _compared(office: Office, who: Person, typed: dict[str, str], owed: Breakdown) -> Comparison | None:
    """Beside the bill that is being corrected, where one is."""
    if not typed.get("correct"):
        return None
    try:
        bill_id = UUID(typed["correct"])
    except ValueError:
        raise BadInput("correct", typed["correct"], "the id of the bill that is corrected") from None
    last = await read_bill(office, bill_id)
    own(who, last)
    return compare(last, owed)


async def _form(
    request: Request, who: Person, typed: dict[str, str], said: Refusal | None = None, status: int = 200
) -> Response:
    office: Office = request.app.state.office
    region = office.region(who.region)
    kind = case_form.kind_of(typed, region)
    try:
        owed = await _owed(office, typed, region)
    except BadInput:
        owed = None
    compared = await _compared(office, who, typed, owed) if owed else None
    return page(
        request,
        "window/new.html",
        status=status,
        region=region,
        typed=typed,
        kind=kind,
        kinds=await kinds_of(request, who),
        first=case_form.fields(kind.asks),
        more=case_form.fields(case_form.more_facts(kind)),
        people={side: case_form.people(typed, side) for side in kind.sides},
        people_max=case_form.PARTIES_MAX,
        identity_kinds=tuple(IDENTITY_KINDS),
        owed=owed,
        compared=compared,
        refusal=said,
        **await queue_beside(request, who, None),
    )


async def _typed(request: Request) -> dict[str, str]:
    """What was typed, as text; files are not part of this form."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
