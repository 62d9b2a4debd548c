"""Finance's page of a month or a year in sums."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.finance import Finance
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.reports.periods import period_tables
from api.spreadsheets import Holds
from foundation import clock
from reconciliation.rollups import period_of, period_report
from settlement.office import Office

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/finance/rollup")
async def sums(request: Request, who: Finance, period: str = "") -> Response:
    """The sums of a month or year; this month's where none is named."""
    office: Office = request.app.state.office
    text = period or clock.today().isoformat()[:7]
    async with office.database.connect() as db:
        report = await period_report(db, who.region, period_of(text))
    return page(
        request,
        "finance/rollup.html",
        region=office.regions.get(who.region),
        period=text,
        report=report,
        tables=period_tables(report, office.regions, speech(request)),
        holds=Holds,
    )
