"""A person comes to the kiosk, says who they are, and goes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.pages.kiosk.device import Kiosk, KnownKiosk
from api.pages.kiosk.visit import kiosk_page, leave, remember, start_again
from api.pages.rendering import speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import refusal
from api.problems import status_of
from foundation.errors import HeyiError, NotFound
from settlement.identities import IDENTITY_KINDS
from settlement.kiosks.visiting import begin_read, begin_typed
from settlement.office import Office
from settlement.ports.card_reader import CardReader

KINDS = tuple(kind for kind in IDENTITY_KINDS if kind != "other")
"""Documents that a person brings to a kiosk; with any other they go to the window."""

_NOTHING_YET = {"kind": "", "document": "", "name": ""}

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)


@router.get("/kiosk")
async def start(request: Request, kiosk: KnownKiosk) -> Response:
    """The first page. Whoever was here before is gone."""
    answer = kiosk_page(request, "start.html", kiosk)
    await leave(request, answer, choices=not {"lang", "size"} & set(request.query_params))
    return answer


@router.post("/kiosk/end")
async def end(request: Request, kiosk: KnownKiosk) -> Response:
    """The person is done, or went away."""
    answer = start_again()
    await leave(request, answer)
    return answer


@router.get("/kiosk/card")
async def show_card(request: Request, kiosk: KnownKiosk) -> Response:
    """Asks for a document on the reader, and looks for one by itself."""
    _reader(request, kiosk)
    return kiosk_page(request, "card.html", kiosk, refusal=None)


@router.post("/kiosk/card")
async def read_card(request: Request, kiosk: KnownKiosk) -> Response:
    """Reads what lies on the reader: nothing yet (204 for the page's own look), or somebody's document."""
    office: Office = request.app.state.office
    try:
        document = await _reader(request, kiosk).read()
        if document is None:
            by_itself = request.headers.get("x-look") == "1"
            return Response(status_code=204) if by_itself else RedirectResponse("/kiosk/card", 303)
        visit_id = await begin_read(office, kiosk.region.region, kiosk.number, document)
    except HeyiError as error:
        said = refusal(error, speech(request))
        return kiosk_page(request, "card.html", kiosk, status_of(error), refusal=said, here="/kiosk/card")
    answer = RedirectResponse("/kiosk/bills", 303)
    remember(request, answer, visit_id)
    return answer


@router.get("/kiosk/type")
async def show_form(request: Request, kiosk: KnownKiosk) -> Response:
    """Asks for document, number and name."""
    return kiosk_page(request, "type.html", kiosk, kinds=KINDS, typed=_NOTHING_YET, refusal=None)


@router.post("/kiosk/type")
async def take_form(
    request: Request,
    kiosk: KnownKiosk,
    kind: Annotated[str, Form(max_length=20)] = "",
    document: Annotated[str, Form(max_length=40)] = "",
    name: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Finds the person by what they typed."""
    office: Office = request.app.state.office
    try:
        visit_id = await begin_typed(office, kiosk.region.region, kiosk.number, kind, document, name)
    except HeyiError as error:
        said, typed = refusal(error, speech(request)), {"kind": kind, "document": document, "name": name}
        values = {"kinds": KINDS, "typed": typed, "refusal": said, "here": "/kiosk/type"}
        return kiosk_page(request, "type.html", kiosk, status_of(error), **values)
    answer = RedirectResponse("/kiosk/bills", 303)
    remember(request, answer, visit_id)
    return answer


def _reader(request: Request, kiosk: Kiosk) -> CardReader:
    office: Office = request.app.state.office
    found = office.institutions[kiosk.region.region].readers.get(kiosk.number)
    if found is None:
        raise NotFound("本机没有读卡器，请手工输入。This kiosk has no card reader; please type.")
    return found
