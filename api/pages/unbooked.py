"""On the case of a day for which the bank credited more: which orders it may be, and asking the channel about them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import own_region
from api.pages.finance import Finance
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from settlement.adjustments.proposing import the_case
from settlement.office import Office
from settlement.payments.unbooked import ask_about_unbooked, unbooked_orders
from settlement.ports.statements import Source

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)


@router.post("/finance/cases/{case_id}/unbooked")
async def ask(request: Request, who: Finance, case_id: UUID) -> RedirectResponse:
    """Asks the channel about the orders that it may be; what it confirms is booked."""
    office: Office = request.app.state.office
    async with office.database.begin() as db:
        row = await the_case(db, case_id)
    own_region(who, row.region)
    credit = _credited_more(row.facts)
    booked = await ask_about_unbooked(office, row.region, *credit) if credit else 0
    return RedirectResponse(f"/finance/cases/{case_id}?booked={booked}", 303)


async def orders_that_it_may_be(db: AsyncConnection, region: str, facts: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Unpaid orders of just what the bank credited more; none for a case of anything else."""
    credit = _credited_more(facts)
    return await unbooked_orders(db, region, *credit) if credit else []


def _credited_more(facts: Mapping[str, Any]) -> tuple[date, int] | None:
    """The clearing day and by how many fen the bank credited more for it than is paid in our book."""
    if facts.get("source") != Source.bank or not facts["ours"] or facts["their_fen"] <= facts["our_fen"]:
        return None
    return datetime.strptime(facts["key"], "%Y%m%d").date(), facts["their_fen"] - facts["our_fen"]  # noqa: DTZ007
