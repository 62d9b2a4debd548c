"""Months and years in sums."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from api.access import signed_in
from api.http.office import TheOffice
from api.pages.texts import Speech
from api.people import Person
from api.reports.periods import period_tables
from api.spreadsheets import to_keep
from reconciliation.rollups import PeriodReport, period_of, period_report

router = APIRouter(prefix="/rollups", tags=["reconciliation"])

Finance = Annotated[Person, Depends(signed_in("finance"))]


@router.get("/{period}", response_model=PeriodReport)
async def sums(
    period: str,
    who: Finance,
    office: TheOffice,
    form: Annotated[Literal["json", "xlsx"], Query(alias="format")] = "json",
    lang: Literal["zh", "en"] = "zh",
) -> Response | PeriodReport:
    """A month (`2026-03`) or year (`2026`): what was paid, arrived and went back, by item, district, treasury, channel.

    Of one's own region; somebody of a city (…00) or province (…0000) sees all of its districts.
    """
    async with office.database.connect() as db:
        report = await period_report(db, who.region, period_of(period))
    if form == "json":
        return report
    return to_keep(f"heyi-{who.region}-{period}", "xlsx", *period_tables(report, office.regions, Speech(lang)))
