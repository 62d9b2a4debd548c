"""Finance's pages of cases: grouped by cause, one by one with both sides, many at once, and as an Excel list."""

from collections.abc import Awaitable, Mapping
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import actor, own_region
from api.case_sheet import LARGEST_SHEET, take_in
from api.many_cases import decide_many, propose_many
from api.pages.finance import Finance
from api.pages.paging import PageNumber, Paging
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, in_language, refusal
from api.pages.unbooked import orders_that_it_may_be
from api.people import Person
from api.problems import status_of
from foundation.errors import BadInput, HeyiError
from reconciliation.kinds import KINDS
from reconciliation.reasons import SOURCE_NAMES
from settlement.adjustments import ask_and_decide, give_to, propose, reopen, suggestion
from settlement.adjustments.entries import movements
from settlement.adjustments.proposing import the_case, written
from settlement.cases import CASE, CaseFilter, group_cases, list_cases, read_case
from settlement.office import Office
from settlement.refunds.errands import close_errand
from settlement.refunds.history import refund_of
from settlement.refunds.sending import resume_refund

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

_A_PAGE = 500


@router.get("/finance/cases")
async def cases(
    request: Request,
    who: Finance,
    kind: str = "",
    source: str = "",
    state: str = "",
    owner: str = "",
    overdue: bool = False,
    shown: PageNumber = 1,
) -> Response:
    """The cases that wait, by cause and one by one."""
    wanted = CaseFilter(state or None, kind or None, source or None, owner or None, overdue)
    return await _list(request, who, wanted, shown=shown)


@router.post("/finance/cases")
async def many(
    request: Request,
    who: Finance,
    do: Annotated[str, Form()],
    case_ids: Annotated[list[UUID] | None, Form()] = None,
    words: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
) -> Response:
    """Proposes or decides on many cases at once, each by itself; then says what became of each."""
    office: Office = request.app.state.office
    wanted = CaseFilter(kind=kind or None)
    try:
        if not case_ids:
            raise BadInput("case_ids", None, "at least one case")
        if do == "propose":
            outcomes = await propose_many(office, who, case_ids, words.strip() or None)
        elif do in ("approve", "reject"):
            reason = words.strip() or None
            outcomes = await decide_many(office, who, case_ids, approve=do == "approve", reason=reason)
        else:
            raise BadInput("do", do, "propose, approve, reject")
    except HeyiError as error:
        return await _list(request, who, wanted, said=refusal(error, speech(request)), status=status_of(error))
    return await _list(request, who, wanted, outcomes=outcomes)


@router.post("/finance/cases/import")
async def bring_back(
    request: Request, who: Finance, file: Annotated[bytes, File(max_length=LARGEST_SHEET)]
) -> Response:
    """Takes the Excel list back and says of every row what became of it."""
    try:
        rows = await take_in(request.app.state.office, who, file)
    except HeyiError as error:
        said = refusal(error, speech(request))
        return await _list(request, who, CaseFilter(), said=said, status=status_of(error))
    return await _list(request, who, CaseFilter(), rows=rows)


@router.get("/finance/cases/{case_id}")
async def one_case(request: Request, who: Finance, case_id: UUID, booked: int | None = None) -> Response:
    """A case: both sides field by field, what is suggested and what it would post, and its history.

    `booked`: how many orders the channel, asked just now, said were paid after all.
    """
    return await _case(request, who, case_id, booked=booked)


@router.post("/finance/cases/{case_id}/propose")
async def propose_one(request: Request, who: Finance, case_id: UUID, words: Annotated[str, Form()] = "") -> Response:
    """Proposes what is suggested, with one's own words where they are given."""

    async def act() -> None:
        async with request.app.state.office.database.begin() as db:
            own_region(who, (await the_case(db, case_id)).region)
            await propose(db, request.app.state.office.regions, case_id, actor(who), words.strip() or None)

    return await _done(request, who, case_id, act())


@router.post("/finance/cases/{case_id}/decide")
async def decide_one(
    request: Request,
    who: Finance,
    case_id: UUID,
    approve: Annotated[bool, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Approves or rejects what another person proposed."""

    async def act() -> None:
        office: Office = request.app.state.office
        async with office.database.begin() as db:
            own_region(who, (await the_case(db, case_id)).region)
        await ask_and_decide(office, case_id, actor(who), approve=approve, reason=reason.strip() or None)

    return await _done(request, who, case_id, act())


@router.post("/finance/cases/{case_id}/reopen")
async def reopen_one(request: Request, who: Finance, case_id: UUID, reason: Annotated[str, Form()] = "") -> Response:
    """Opens a closed case again, with the reason why."""

    async def act() -> None:
        async with request.app.state.office.database.begin() as db:
            own_region(who, (await the_case(db, case_id)).region)
            await reopen(db, case_id, actor(who), reason)

    return await _done(request, who, case_id, act())


@router.post("/finance/cases/{case_id}/given-back")
async def give_one_back(
    request: Request,
    who: Finance,
    case_id: UUID,
    reference: Annotated[str, Form()] = "",
    red_receipt: Annotated[str, Form()] = "",
) -> Response:
    """Records that a line of a refund went back at a counter, under the number of its paper."""

    async def act() -> None:
        office: Office = request.app.state.office
        line_id = await _fact(office, who, case_id, "refund_line_id")
        await close_errand(office, line_id, reference.strip(), red_receipt.strip() or None, actor(who))

    return await _done(request, who, case_id, act(), {"reference": reference, "red_receipt": red_receipt})


@router.post("/finance/cases/{case_id}/resume")
async def resume_one(request: Request, who: Finance, case_id: UUID) -> Response:
    """Asks the channel again, under new numbers, for what of a refund it did not give back."""

    async def act() -> None:
        office: Office = request.app.state.office
        await resume_refund(office, await _fact(office, who, case_id, "refund_id"), actor(who))

    return await _done(request, who, case_id, act())


async def _fact(office: Office, who: Person, case_id: UUID, name: str) -> UUID:
    """What a case of a refund is about. BadInput for a case of something else."""
    async with office.database.begin() as db:
        row = await the_case(db, case_id)
    own_region(who, row.region)
    if name not in row.facts:
        raise BadInput("case", row.kind, "a case of a refund that waits for this")
    return UUID(row.facts[name])


@router.post("/finance/cases/{case_id}/owner")
async def owner_of_one(request: Request, who: Finance, case_id: UUID, owner: Annotated[str, Form()] = "") -> Response:
    """Names the person who looks after a case."""

    async def act() -> None:
        async with request.app.state.office.database.begin() as db:
            own_region(who, (await the_case(db, case_id)).region)
            await give_to(db, case_id, owner)

    return await _done(request, who, case_id, act())


async def _done(
    request: Request, who: Person, case_id: UUID, doing: Awaitable[None], typed: Mapping[str, str] | None = None
) -> Response:
    try:
        await doing
    except HeyiError as error:
        return await _case(request, who, case_id, refusal(error, speech(request)), status_of(error), typed)
    return RedirectResponse(f"/finance/cases/{case_id}", 303)


async def _list(
    request: Request,
    who: Person,
    wanted: CaseFilter,
    *,
    shown: int = 1,
    said: Refusal | None = None,
    status: int = 200,
    outcomes: Any = (),
    rows: Any = (),
) -> Response:
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        groups = await group_cases(db, who.region)
        found = await list_cases(db, who.region, wanted)
    numbers = {one.id: one.number for one in found}
    asked = {**asdict(wanted), "overdue": "true" if wanted.overdue else ""}
    paging = Paging("/finance/cases", asked, shown, _A_PAGE, len(found))
    return page(
        request,
        "finance/cases.html",
        status=status,
        region=office.region(who.region),
        groups=groups,
        cases=found[paging.skip : paging.last],
        paging=paging,
        wanted=wanted,
        states=CASE.states,
        kinds=KINDS,
        source_names=SOURCE_NAMES,
        outcomes=outcomes,
        numbers=numbers,
        rows=rows,
        in_language=in_language,
        refusal=said,
        here="/finance/cases",
    )


async def _case(
    request: Request,
    who: Person,
    case_id: UUID,
    said: Refusal | None = None,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    booked: int | None = None,
) -> Response:
    office: Office = request.app.state.office
    async with office.database.begin() as db:
        view = await read_case(db, case_id)
        own_region(who, view.region)
        suggested, preview, unclear = await _suggested(db, office, who, case_id)
        refund_id = await refund_of(db, view.facts)
        unbooked = await orders_that_it_may_be(db, view.region, view.facts)
    return page(
        request,
        "finance/case.html",
        status=status,
        region=office.region(who.region),
        case=view,
        suggested=suggested,
        refund_id=refund_id,
        unbooked=unbooked,
        booked=booked,
        typed=typed or {},
        preview_rows=preview,
        unclear=unclear.sentence if unclear else "",
        in_language=in_language,
        kinds=KINDS,
        source_names=SOURCE_NAMES,
        refusal=said,
        here=f"/finance/cases/{case_id}",
    )


async def _suggested(db: Any, office: Office, who: Person, case_id: UUID) -> tuple[Any, Any, Refusal | None]:
    """What is suggested, with the accounts looked up; where one cannot be found, why."""
    row = await the_case(db, case_id)
    suggested = await suggestion(db, row)
    if suggested.takes:
        return suggested, (), None
    try:
        found = await movements(db, office.region(who.region), row.facts, list(suggested.entries))
        return suggested, [written(one) for one in found], None
    except HeyiError as error:
        return suggested, (), Refusal(error.detail)
