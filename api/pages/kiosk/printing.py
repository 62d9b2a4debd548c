"""What a person takes home from a kiosk: the slip of what they paid, their statement, certificates and receipts."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api import qr
from api.http.papers import as_file
from api.pages.kiosk.bills import KioskRoute, own_bill
from api.pages.kiosk.device import KnownKiosk
from api.pages.kiosk.visit import Visitor, kiosk_page
from api.pages.same_site import same_site
from api.statements import statement_file
from foundation.errors import NotFound
from settlement.kiosks.bills import own_side
from settlement.office import Actor, Office
from settlement.receipts.papers import open_paper, papers_of

router = APIRouter(route_class=KioskRoute, dependencies=[Depends(same_site)], include_in_schema=False)

_MAY_HOLD_FILES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_MAY_BE_HELD = "default-src 'none'; frame-ancestors 'self'"


@router.get("/kiosk/bills/{bill_id}/receipt")
async def receipt(request: Request, kiosk: KnownKiosk, visit: Visitor, bill_id: UUID) -> Response:
    """The slip, as it is printed, and beside it the files that can be printed."""
    office: Office = request.app.state.office
    view, side, how = await own_bill(office, visit, bill_id)
    if how.share is None or how.share.state != "paid" or view.code is None:
        return RedirectResponse(f"/kiosk/bills/{bill_id}", 303)
    answer = kiosk_page(
        request,
        "receipt.html",
        kiosk,
        view=view,
        party=side,
        how=how,
        papers=await papers_of(office, [bill_id], side),
        picture=qr.svg(view.code.address).decode(),
    )
    answer.headers["Content-Security-Policy"] = _MAY_HOLD_FILES
    return answer


@router.get("/kiosk/bills/{bill_id}/statement.pdf")
async def statement(request: Request, kiosk: KnownKiosk, visit: Visitor, bill_id: UUID) -> Response:
    """The settlement statement of the person's own share, to be printed by the page that holds it."""
    office: Office = request.app.state.office
    answer = await statement_file(office, bill_id, await own_side(office, visit, bill_id))
    answer.headers["Content-Security-Policy"] = _MAY_BE_HELD
    return answer


@router.get("/kiosk/bills/{bill_id}/papers/{paper_id}")
async def paper(request: Request, kiosk: KnownKiosk, visit: Visitor, bill_id: UUID, paper_id: UUID) -> Response:
    """A certificate or receipt of the person's own; the look is recorded like any other."""
    office: Office = request.app.state.office
    side = await own_side(office, visit, bill_id)
    found = next((one for one in await papers_of(office, [bill_id], side) if one.id == paper_id), None)
    if found is None:
        raise NotFound("没有这份凭证，请到窗口咨询。There is no such paper; please ask at the window.")
    actor = Actor(f"kiosk {kiosk.number}: party {side}", "party")
    answer = as_file(found, await open_paper(office, paper_id, actor, "本人在自助机打印 own print at a kiosk"))
    answer.headers["Content-Disposition"] = answer.headers["Content-Disposition"].replace("attachment", "inline")
    answer.headers["Content-Security-Policy"] = _MAY_BE_HELD
    return answer
