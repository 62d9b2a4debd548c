"""Finance's pages of the book: the trial balance as of a day, and an account's statement."""

from datetime import date, datetime, timedelta
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.access import own_region
from api.pages.finance import Finance, fee_names
from api.pages.paging import PageNumber, Paging
from api.pages.rendering import page
from api.pages.route import PageRoute
from foundation import clock
from ledger import Side, balances_as_of, statement
from settlement.office import Office

_A_PAGE = 500

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/finance/book")
async def trial_balance(
    request: Request, who: Finance, on: date | None = None, known_at: datetime | Literal[""] = ""
) -> Response:
    """The trial balance at the end of a day, today's if none is named, as known now or at a time in China."""
    office: Office = request.app.state.office
    day = on or clock.today()
    known = clock.in_china(known_at) if known_at else None
    async with office.database.connect() as db:
        book = await balances_as_of(db, day, known, region=who.region)
    region = office.region(who.region)
    return page(
        request,
        "finance/book.html",
        region=region,
        on=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        known_at=known,
        book=book,
        fees=fee_names(region),
        debit_side=Side.debit,
    )


@router.get("/finance/book/{code}")
async def account_statement(
    request: Request,
    who: Finance,
    code: str,
    start: date | None = None,
    end: date | None = None,
    shown: PageNumber = 1,
) -> Response:
    """An account's statement, of the last thirty days if none are named."""
    own_region(who, code.partition(":")[0])
    office: Office = request.app.state.office
    last = end or clock.today()
    first = start or last - timedelta(days=30)
    async with office.database.connect() as db:
        account = await statement(db, code, first, last)
    region = office.region(who.region)
    asked = {"start": account.start, "end": account.end}
    paging = Paging(f"/finance/book/{code}", asked, shown, _A_PAGE, len(account.lines))
    return page(
        request,
        "finance/account.html",
        region=region,
        account=account,
        shown=account.lines[paging.skip : paging.last],
        paging=paging,
        fees=fee_names(region),
    )
