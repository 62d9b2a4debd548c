"""What the person before a kiosk has to pay: their bills, one of them with its reasons, and paying it there."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api import qr
from api.pages.citizen.standing import Standing, standing
from api.pages.kiosk.device import Kiosk, KnownKiosk
from api.pages.kiosk.visit import Visitor, VisitOver, kiosk_page, leave, start_again
from api.pages.moves import stream_of
from api.pages.rendering import speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.problems import status_of
from foundation import clock
from foundation.errors import HeyiError, NotFound
from settlement.bills.reading import BillView, read_bill
from settlement.kiosks.bills import bills_of, own_side
from settlement.kiosks.visiting import Visit
from settlement.office import Actor, Office
from settlement.payments.cards import CardSale, cancel_sale, latest_sales, sell_by_card
from settlement.payments.orders import beyond_a_code
from settlement.payments.surplus import surplus_of_bill


class KioskRoute(PageRoute):
    """A page that is somebody's: after their visit it leads to the first page, and shows nothing."""

    def get_route_handler(self) -> Any:
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response: Response = await handler(request)
            except VisitOver:
                response = start_again()
                await leave(request, response)
            return response

        return answer


router = APIRouter(route_class=KioskRoute, dependencies=[Depends(same_site)], include_in_schema=False)


@router.get("/kiosk/bills")
async def bills(request: Request, kiosk: KnownKiosk, visit: Visitor) -> Response:
    """The person's bills, what is due first."""
    office: Office = request.app.state.office
    return kiosk_page(request, "bills.html", kiosk, bills=await bills_of(office, visit))


@router.get("/kiosk/bills/{bill_id}")
async def bill(request: Request, kiosk: KnownKiosk, visit: Visitor, bill_id: UUID) -> Response:
    """One bill: what is theirs to pay of it and why, and the ways to pay."""
    return await bill_page(request, kiosk, visit, bill_id)


@router.get("/kiosk/bills/{bill_id}/events")
async def events(request: Request, kiosk: KnownKiosk, visit: Visitor, bill_id: UUID) -> Response:
    """Says `moved` whenever the bill moves."""
    office: Office = request.app.state.office
    await own_side(office, visit, bill_id)
    return stream_of(office, bill_id)


@router.get("/kiosk/bills/{bill_id}/scan")
async def scan(request: Request, kiosk: KnownKiosk, visit: Visitor, bill_id: UUID) -> Response:
    """The bill's code, large, for the person's own phone; back to the bill as soon as somebody pays by it."""
    office: Office = request.app.state.office
    view, side, how = await own_bill(office, visit, bill_id)
    if view.code is None or not how.payable or how.share is None or how.share.order_open:
        return RedirectResponse(f"/kiosk/bills/{bill_id}", 303)
    picture = qr.svg(view.code.address).decode()
    return kiosk_page(request, "scan.html", kiosk, view=view, how=how, code=view.code, picture=picture, party=side)


@router.post("/kiosk/bills/{bill_id}/card")
async def pay_by_card(request: Request, kiosk: KnownKiosk, visit: Visitor, bill_id: UUID) -> Response:
    """Has the kiosk's terminal ask for a card."""
    office: Office = request.app.state.office
    side = await own_side(office, visit, bill_id)
    if kiosk.config.terminal is None:
        raise NotFound("本机不能刷卡，请扫码或到窗口。This kiosk takes no cards; pay by the code, or at the window.")
    selling = sell_by_card(office, bill_id, side, kiosk.config.terminal, _as(kiosk))
    return await _done(request, kiosk, visit, bill_id, selling)


@router.post("/kiosk/bills/{bill_id}/card/cancel")
async def stop_card(request: Request, kiosk: KnownKiosk, visit: Visitor, bill_id: UUID) -> Response:
    """Stops the terminal, while no card was read."""
    office: Office = request.app.state.office
    side = await own_side(office, visit, bill_id)
    return await _done(request, kiosk, visit, bill_id, cancel_sale(office, bill_id, side, _as(kiosk)))


async def own_bill(office: Office, visit: Visit, bill_id: UUID) -> tuple[BillView, str, Standing]:
    """A bill of the person's own, their side, and how it stands for them. NotFound for any other."""
    side = await own_side(office, visit, bill_id)
    view = await read_bill(office, bill_id)
    if view.code is None:
        raise NotFound("这笔业务没有缴款码，请到窗口办理。This bill has no code; please go to the window.")
    return view, side, standing(view, view.code, side, clock.now())


async def bill_page(
    request: Request, kiosk: Kiosk, visit: Visit, bill_id: UUID, said: Refusal | None = None, status: int = 200
) -> Response:
    """The page of a bill, with what was refused, if anything."""
    office: Office = request.app.state.office
    view, side, how = await own_bill(office, visit, bill_id)
    async with office.database.connect() as db:
        sale = (await latest_sales(db, bill_id)).get(side)
        extra = await surplus_of_bill(db, bill_id) if how.late else ()
    due = how.share.next_fen if how.share else 0
    return kiosk_page(
        request,
        "bill.html",
        kiosk,
        status,
        view=view,
        code=view.code,
        party=side,
        how=how,
        extra=extra,
        sale=sale,
        selling=_selling(sale, kiosk),
        by_code=not beyond_a_code(kiosk.region, due),
        by_card=_takes(kiosk, due),
        refusal=said,
        here=f"/kiosk/bills/{bill_id}",
    )


def _selling(sale: CardSale | None, kiosk: Kiosk) -> bool:
    """Whether this kiosk's own terminal is asking for a card right now."""
    return sale is not None and sale.state == "open" and sale.terminal == kiosk.config.terminal


def _takes(kiosk: Kiosk, fen: int) -> bool:
    """Whether the kiosk's terminal takes so much."""
    terminal = kiosk.config.terminal
    return terminal is not None and fen <= kiosk.region.terminals[terminal].most_fen


async def _done(request: Request, kiosk: Kiosk, visit: Visit, bill_id: UUID, doing: Awaitable[object]) -> Response:
    """Back to the bill; where it was refused, with the reason on it."""
    try:
        await doing
    except HeyiError as error:
        said = refusal(error, speech(request))
        return await bill_page(request, kiosk, visit, bill_id, said, status_of(error))
    return RedirectResponse(f"/kiosk/bills/{bill_id}", 303)


def _as(kiosk: Kiosk) -> Actor:
    return Actor(f"kiosk {kiosk.number}", "kiosk")
