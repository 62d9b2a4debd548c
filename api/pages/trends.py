"""Finance's trends: charts over days and months, each with its table, and the charts as pictures."""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from api.charts import MARKS, Chart
from api.pages.finance import Finance
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.texts import Speech
from api.reports.trends import Shown, ageing_shown, amounts_shown, waits_shown
from api.spreadsheets import Holds
from api.trends import Asked, trend_asked
from reconciliation.ageing import cases_waiting
from settlement.book.rollups import By, Moved, districts
from settlement.book.trends import Step, amounts_over_time, waits_over_time
from settlement.office import Office
from settlement.regions import Region

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_OwnStyle = "default-src 'none'; style-src 'unsafe-inline'"
"""The policy of a picture that is opened by itself: matplotlib writes style into its elements."""


class Trend(StrEnum):
    """What changes over time: what moved, how many cases wait and how long, how long lines are under way."""

    amounts = "amounts"
    ageing = "ageing"
    waits = "waits"


@router.get("/finance/trends")
async def trends(request: Request, who: Finance, asked: Annotated[Asked, Depends(trend_asked)]) -> Response:
    """All trends of the days and months that are asked for; of the last thirty days where none are."""
    office: Office = request.app.state.office
    t = speech(request)
    async with office.database.connect() as db:
        shown = {trend: await _shown(db, trend, asked, office.regions, t) for trend in Trend}
    return page(
        request,
        "finance/trends.html",
        region=office.regions.get(who.region),
        asked=asked,
        shown=shown,
        words=_choices(who.region, office.regions, t),
        marks=MARKS,
        holds=Holds,
    )


@router.get("/finance/trends/{trend}.svg")
async def chart(
    request: Request, _: Finance, trend: Trend, asked: Annotated[Asked, Depends(trend_asked)], narrow: bool = False
) -> Response:
    """One chart, for a desk's width or a phone's."""
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        found = (await _shown(db, trend, asked, office.regions, speech(request))).chart
    drawing = await asyncio.to_thread(_drawn, found or Chart("columns", (), ()), narrow)
    return Response(drawing, media_type="image/svg+xml", headers={"Content-Security-Policy": _OwnStyle})


def _drawn(chart: Chart, narrow: bool) -> str:
    from api.charts.drawing import drawn  # matplotlib takes its time to load

    return drawn(chart, narrow=narrow)


def _choices(own: str, regions: Mapping[str, Region], t: Speech) -> dict[str, list[tuple[str, str]]]:
    """What the form offers in each field, as (value, words)."""
    anything = [("", t("trends.any"))]
    served = {code: one for code, one in regions.items() if code.startswith(districts(own))}
    items = dict.fromkeys(item for one in served.values() for item in one.items)
    return {
        "moved": [(one, t(f"trends.moved.{one}")) for one in Moved],
        "by": [(one, t(f"trends.by.{one}")) for one in By],
        "step": [(one, t(f"trends.step.{one}")) for one in Step],
        "item": anything + [(item, t(f"item.{item}")) for item in items],
        "district": [(own, t("trends.any")), *((code, t.of(one.name)) for code, one in served.items() if code != own)],
        "channel": anything
        + [(kind, t(f"channel_kind.{kind}")) for kind in sorted({x.channel.kind for x in served.values()})],
    }


async def _shown(db: AsyncConnection, trend: Trend, asked: Asked, regions: Mapping[str, Region], t: Speech) -> Shown:
    match trend:
        case Trend.amounts:
            amounts = await amounts_over_time(db, asked.moved, asked.by, *asked.span)
            return amounts_shown(amounts, asked, regions, t, whole=False)
        case Trend.ageing:
            return ageing_shown(await cases_waiting(db, districts(asked.only.district), asked.ends), asked, t)
        case Trend.waits:
            return waits_shown(await waits_over_time(db, *asked.span), asked, t)
