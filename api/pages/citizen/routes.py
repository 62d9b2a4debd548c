"""The pages behind /p/{token}. They work on an old phone and without JavaScript."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import qr
from api.http.papers import as_file
from api.pages.citizen.identity import party_of, remember
from api.pages.citizen.leaving import leaving
from api.pages.citizen.standing import Standing, standing
from api.pages.moves import stream_of
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.problems import status_of
from api.statements import statement_file
from foundation import clock
from foundation.errors import HeyiError, NotFound
from settlement.bills.differences import Difference, in_the_next
from settlement.bills.reading import opened
from settlement.office import Actor, Office
from settlement.payments.codes import CodeLocked, WrongTail, code_by_token, open_share
from settlement.payments.orders import start_payment
from settlement.payments.surplus import Extra, surplus_of_bill
from settlement.ports.channel import PaymentLink
from settlement.receipts.papers import open_paper, papers_of

_PATIENCE = 15
"""How often the waiting page looks again, every two seconds, before it says that the person may leave."""

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)
from_outside = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/p/{token}")
async def summary(request: Request, token: str) -> Response:
    """What is asked for and how it stands: masked, and in full for a party who said who they are."""
    return await _shown(request, token, None, 200)


@router.post("/p/{token}")
async def say_who(request: Request, token: str, tail: Annotated[str, Form()] = "") -> Response:
    """Takes the last four characters of an identity number."""
    office: Office = request.app.state.office
    try:
        payer = await open_share(office, token, tail)
    except (WrongTail, CodeLocked) as error:
        said = refusal(error, speech(request))
        return await _shown(request, token, Refusal(said.sentence, "tail"), status_of(error))
    answer = RedirectResponse(f"/p/{token}", 303)
    remember(request, answer, token, payer)
    return answer


@router.get("/p/{token}/events")
async def events(request: Request, token: str) -> Response:
    """Says `moved` whenever something of the bill moves, and nothing else: who watches need not say who they are."""
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        code = await code_by_token(office, db, token)
    return stream_of(office, code.bill_id)


@router.post("/p/{token}/pay")
async def pay(request: Request, token: str) -> Response:
    """Takes the payer to the channel: by a form that sends itself, or by a code that their wallet opens."""
    party = party_of(request, token)
    if party is None:
        return RedirectResponse(f"/p/{token}", 303)
    office: Office = request.app.state.office
    try:
        start = await start_payment(office, token, party, f"{office.public_url.rstrip('/')}/p/{token}/return")
    except HeyiError as error:
        return await _shown(request, token, refusal(error, speech(request)), status_of(error))
    if isinstance(start, PaymentLink):
        return page(
            request,
            "citizen/scan.html",
            own=f"/p/{token}",
            watch=f"/p/{token}/events",
            address=start.address,
            code=qr.svg(start.address).decode(),
        )
    return leaving(request, start)


@router.get("/p/{token}/statement.pdf")
async def statement(request: Request, token: str) -> Response:
    """The settlement statement of the party who said who they are."""
    party = party_of(request, token)
    if party is None:
        return RedirectResponse(f"/p/{token}", 303)
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        code = await code_by_token(office, db, token)
    return await statement_file(office, code.bill_id, party)


@router.get("/p/{token}/papers/{paper_id}")
async def paper(request: Request, token: str, paper_id: UUID) -> Response:
    """A certificate or receipt of the party who said who they are; the look is recorded like any other."""
    party = party_of(request, token)
    if party is None:
        return RedirectResponse(f"/p/{token}", 303)
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        code = await code_by_token(office, db, token)
    found = next((one for one in await papers_of(office, [code.bill_id], party) if one.id == paper_id), None)
    if found is None:
        raise NotFound("没有这份凭证，请核对或到窗口咨询。There is no such paper; please ask at the window.")
    file = await open_paper(office, paper_id, Actor(f"party:{party}", "party"), "本人下载 own download")
    return as_file(found, file)


@from_outside.post("/p/{token}/return")
@from_outside.get("/p/{token}/return")
async def come_back(request: Request, token: str, looked: int = 0) -> Response:
    """Where the channel sends the browser afterwards. It proves nothing: the page waits for the channel's own word.

    A browser that was sent from another site leaves the cookies at home, so the first answer is always to look again.
    """
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        _, view = await opened(office, db, token)
    party = party_of(request, token)
    share = view.share_of(party) if party else None
    decided = share is not None and share.state in ("paid", "part_paid") and not share.order_open
    known = view.state in ("paid", "settled", "cleared") or decided
    if looked and known:
        return RedirectResponse(f"/p/{token}", 303)
    return page(
        request,
        "citizen/confirming.html",
        own=f"/p/{token}",
        watch=f"/p/{token}/events",
        looked=max(looked, 0) + 1,
        long=looked >= _PATIENCE,
        phone=office.region(view.region).window_phone,
    )


async def _shown(request: Request, token: str, refused: Refusal | None, status: int) -> Response:
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        code, view = await opened(office, db, token)
    party = party_of(request, token)
    how = standing(view, code, party, clock.now())
    extra, changed = await _beside(office, view.id, how, party)
    return page(
        request,
        "citizen/code.html",
        status=status,
        extra=extra,
        changed=changed,
        view=view,
        code=code,
        party=party,
        how=how,
        papers=await papers_of(office, [view.id], party) if party else [],
        region=office.region(view.region),
        refusal=refused,
        here=f"/p/{token}",
    )


async def _beside(
    office: Office, bill_id: UUID, how: Standing, party: str | None
) -> tuple[Sequence[Extra], Difference | None]:
    """What only the rarer states show: money that came too late, and what a new bill of the case changed."""
    if not how.late and how.name != "withdrawn":
        return (), None
    async with office.database.connect() as db:
        extra = await surplus_of_bill(db, bill_id) if party and how.late else ()
        return extra, await in_the_next(db, bill_id) if how.name == "withdrawn" else None
