"""Finance's page of closed days: a month at a glance, closing, and reopening by two people."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.pages.finance import Finance
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.problems import status_of
from foundation import clock
from foundation.errors import HeyiError
from ledger import Period, approve_reopening, closed_days, propose_reopening, reopenings
from reconciliation.periods import close_period
from settlement.office import Office

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

AsText = Annotated[str, Form()]


@router.get("/finance/periods")
async def month_of_days(request: Request, who: Finance, period: str = "") -> Response:
    """The month of a day, or a month; this one if none is named."""
    return await _shown(request, who, Period.of(period) if period else Period.month_of(clock.today()))


@router.post("/finance/periods/close")
async def close(request: Request, who: Finance, period: AsText = "") -> Response:
    """Closes a day or a month."""

    async def work(office: Office) -> Period:
        wanted = Period.of(period)
        async with office.database.begin() as db:
            await close_period(db, who.region, wanted, who.name)
        return wanted

    return await _done(request, who, work(request.app.state.office))


@router.post("/finance/periods/reopening")
async def propose(request: Request, who: Finance, period: AsText = "", reason: AsText = "") -> Response:
    """Asks for a reopening, with the reason why."""

    async def work(office: Office) -> Period:
        wanted = Period.of(period)
        async with office.database.begin() as db:
            await propose_reopening(db, who.region, wanted.first, wanted.last, who.name, reason.strip())
        return wanted

    return await _done(request, who, work(request.app.state.office))


@router.post("/finance/periods/approve")
async def approve(request: Request, who: Finance, proposal: Annotated[UUID, Form()]) -> Response:
    """Approves what someone else asked for."""

    async def work(office: Office) -> Period:
        async with office.database.begin() as db:
            asked = await approve_reopening(db, who.region, proposal, who.name)
        return Period(asked.first, asked.last)

    return await _done(request, who, work(request.app.state.office))


async def _done(request: Request, who: Person, doing: Awaitable[Period]) -> Response:
    try:
        done = await doing
    except HeyiError as error:
        shown = Period.month_of(clock.today())
        return await _shown(request, who, shown, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/finance/periods?period={done.first}", 303)


async def _shown(
    request: Request, who: Person, period: Period, said: Refusal | None = None, status: int = 200
) -> Response:
    office: Office = request.app.state.office
    month = Period.month_of(period.first)
    async with office.database.connect() as db:
        closed = set(await closed_days(db, who.region, month.first, month.last))
        asked = await reopenings(db, who.region)
    return page(
        request,
        "finance/periods.html",
        status=status,
        region=office.region(who.region),
        month=month,
        before=Period.month_of(month.first - timedelta(days=1)),
        after=Period.month_of(month.last + timedelta(days=1)),
        days=[(day, day in closed) for day in month.days()],
        left_open=sum(day not in closed for day in month.days()),
        proposals=[(one, Period(one.first, one.last)) for one in asked],
        refusal=said,
        here="/finance/periods",
    )
