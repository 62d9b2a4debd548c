"""Lists at the window: taken in, watched while they are worked through, confirmed, taken out again as Excel."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from api.access import actor, own, signed_in
from api.case_lists import BYTES_MAX, empty_list, fault_sentence, read_list, results
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.pages.window.kinds import first_kind, kinds_of
from api.people import Person
from api.problems import status_of
from api.spreadsheets import to_keep
from foundation.errors import BadInput
from settlement.batches.reading import BatchView, list_batches, read_batch
from settlement.batches.taking_in import confirm_batch, take_in_batch
from settlement.joint.choosing import payers_of_list
from settlement.kinds import DEFAULT, business_kind, business_kinds
from settlement.office import Office

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk", "partner"))]


@router.get("/window/lists")
async def lists(request: Request, who: Clerk) -> Response:
    """The newest lists, and the form for another."""
    return await _page(request, who, await first_kind(request, who))


@router.get("/window/lists/empty")
async def empty(request: Request, who: Clerk, kind: str = DEFAULT) -> Response:
    """The empty list of a kind, as Excel in the language of the page."""
    wanted = business_kind(kind, request.app.state.office.region(who.region))
    return to_keep(f"heyi-{kind}", "xlsx", empty_list(wanted, speech(request)))


@router.post("/window/lists")
async def take_in(
    request: Request,
    who: Clerk,
    file: UploadFile,
    kind: Annotated[str, Form()] = DEFAULT,
    title: Annotated[str, Form()] = "",
) -> Response:
    """Takes a filled list in, or says what is wrong with the file."""
    office: Office = request.app.state.office
    region = office.region(who.region)
    try:
        wanted = business_kind(kind, region)
        rows = read_list(await file.read(BYTES_MAX + 1), wanted, region)
        named = title.strip() or file.filename or wanted.name.zh
        batch_id = await take_in_batch(office, who.region, wanted, named[:100], rows, actor(who))
    except BadInput as error:
        return await _page(request, who, kind, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/window/lists/{batch_id}", 303)


@router.get("/window/lists/{batch_id}")
async def one_list(request: Request, who: Clerk, batch_id: UUID) -> Response:
    """A list with its rows; the part that moves looks again by itself."""
    return await _rows(request, who, batch_id, "window/list.html")


@router.get("/window/lists/{batch_id}/progress")
async def progress(request: Request, who: Clerk, batch_id: UUID) -> Response:
    """The part of the page that moves."""
    return await _rows(request, who, batch_id, "window/list_rows.html")


@router.post("/window/lists/{batch_id}/confirm")
async def confirm(request: Request, who: Clerk, batch_id: UUID) -> Response:
    """Confirms every bill of the list."""
    await _own(request, who, batch_id)
    await confirm_batch(request.app.state.office, batch_id, actor(who))
    return RedirectResponse(f"/window/lists/{batch_id}", 303)


@router.get("/window/lists/{batch_id}/results")
async def outcome(request: Request, who: Clerk, batch_id: UUID) -> Response:
    """What became of every row, as Excel."""
    view = await _own(request, who, batch_id)
    return to_keep(f"heyi-{view.kind}-{view.created_at:%Y%m%d}", "xlsx", results(view, speech(request)))


async def _rows(request: Request, who: Person, batch_id: UUID, template: str) -> Response:
    view = await _own(request, who, batch_id)
    payers = [] if view.busy else await payers_of_list(request.app.state.office, batch_id)
    return page(request, template, view=view, payers=payers, sentence=fault_sentence)


async def _own(request: Request, who: Person, batch_id: UUID) -> BatchView:
    view = await read_batch(request.app.state.office, batch_id)
    own(who, view)
    return view


async def _page(request: Request, who: Person, kind: str, said: Refusal | None = None, status: int = 200) -> Response:
    office: Office = request.app.state.office
    region = office.region(who.region)
    return page(
        request,
        "window/lists.html",
        status=status,
        region=region,
        kinds=await kinds_of(request, who),
        names={one.kind: one.name for one in business_kinds().values()},
        kind=kind,
        batches=await list_batches(office, who.region, who.only_window),
        refusal=said,
        here="/window/lists",
    )
