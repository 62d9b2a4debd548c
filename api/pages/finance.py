"""Finance's page: how a clearing day stands source by source, what differs and why, the equations, the signature."""

from collections.abc import Awaitable
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from api.access import signed_in
from api.closing import close_the_day
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.problems import status_of
from api.reports import sign_the_day
from foundation import clock
from foundation.errors import BadInput, HeyiError, NotFound
from ledger import Side, balances
from reconciliation.content import changes_since_signed
from reconciliation.days import reopen_day
from reconciliation.kinds import KINDS
from reconciliation.reasons import SOURCE_NAMES
from reconciliation.report import DayReport, day_report
from reconciliation.signing import prepare_day, send_back
from reconciliation.tables import reconciliation_day
from settlement.cases import UNSETTLED
from settlement.office import Office
from settlement.ports.statements import Source
from settlement.regions import Region

_DAYS_SHOWN = 10

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Finance = Annotated[Person, Depends(signed_in("finance"))]
Day = Annotated[date, Form()]


@router.get("/finance")
async def board(request: Request, who: Finance, day: date | None = None) -> Response:
    """The board of a day: the one asked for, else the last that was closed, else today."""
    return await _board(request, who, day)


@router.post("/finance/close")
async def close(request: Request, who: Finance, day: Day, source: Annotated[Source | None, Form()] = None) -> Response:
    """Fetches the statements of a day that are there and matches them; may be pressed as often as one likes."""
    state = request.app.state

    async def match() -> None:
        await close_the_day(state.house, who.region, day, source)

    return await _done(request, who, day, match())


@router.post("/finance/prepare")
async def prepare(request: Request, who: Finance, day: Day, remark: Annotated[str, Form()] = "") -> Response:
    """The first of two names under a day that is matched."""

    async def put_first_name() -> None:
        async with request.app.state.office.database.begin() as db:
            await prepare_day(db, who.region, day, request.app.state.book, actor=who.name, remark=remark)

    return await _done(request, who, day, put_first_name())


@router.post("/finance/send-back")
async def back(request: Request, who: Finance, day: Day, reason: Annotated[str, Form()] = "") -> Response:
    """Sends a prepared day back, with the reason why."""

    async def give_back() -> None:
        async with request.app.state.office.database.begin() as db:
            await send_back(db, who.region, day, actor=who.name, reason=reason)

    return await _done(request, who, day, give_back())


@router.post("/finance/sign")
async def sign(request: Request, who: Finance, day: Day) -> Response:
    """The second name, of another person: the day is signed."""

    async def put_name() -> None:
        await sign_the_day(request.app.state.house, who.region, day, who.name)

    return await _done(request, who, day, put_name())


@router.post("/finance/reopen")
async def reopen(request: Request, who: Finance, day: Day, reason: Annotated[str, Form()] = "") -> Response:
    """Opens a signed day again, with the reason why."""

    async def open_again() -> None:
        if not reason.strip():
            raise BadInput("reason", None, "one sentence")
        async with request.app.state.office.database.begin() as db:
            await reopen_day(db, who.region, day, actor=who.name, reason=reason.strip())

    return await _done(request, who, day, open_again())


async def _done(request: Request, who: Person, day: date, doing: Awaitable[None]) -> Response:
    try:
        await doing
    except HeyiError as error:
        return await _board(request, who, day, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/finance?day={day}", 303)


async def _board(
    request: Request, who: Person, day: date | None, said: Refusal | None = None, status: int = 200
) -> Response:
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        days = await _days(db, who.region)
        shown = day or (days[0].day if days else clock.today())
        try:
            report: DayReport | None = await day_report(db, who.region, shown)
            changed = await changes_since_signed(db, report) if report else None
        except NotFound:
            report = changed = None
        book = await balances(db, region=who.region)
    return page(
        request,
        "finance/board.html",
        status=status,
        region=office.region(who.region),
        days=days,
        day=shown,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        report=report,
        changed=changed,
        still_open=sum(one.case_state in UNSETTLED for one in report.breaks) if report else 0,
        source_names=SOURCE_NAMES,
        kinds=KINDS,
        book=book,
        fees=fee_names(office.region(who.region)),
        debit_side=Side.debit,
        refusal=said,
        here="/finance",
    )


def fee_names(region: Region) -> dict[str, str]:
    """The names of a region's fee items by their codes."""
    return {item.code: item.name for item in region.non_tax.items.values()}


async def _days(db: Any, region: str) -> list[Any]:
    """The last days that were begun, the newest first."""
    rows = await db.execute(
        select(reconciliation_day.c.day, reconciliation_day.c.state)
        .where(reconciliation_day.c.region == region)
        .order_by(reconciliation_day.c.day.desc())
        .limit(_DAYS_SHOWN)
    )
    return list(rows.all())
