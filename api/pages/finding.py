"""Finance's search by any number."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.finance import Finance
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.saying import refusal
from api.problems import status_of
from foundation.errors import BadInput
from reconciliation.finding import find
from reconciliation.kinds import KINDS

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/finance/find")
async def by_number(request: Request, who: Finance, number: str = "") -> Response:
    """Everything that carries a number."""
    office = request.app.state.office
    said, status, found = None, 200, []
    if number.strip():
        try:
            async with office.database.connect() as db:
                found = await find(db, who.region, number)
        except BadInput as error:
            said, status = refusal(error, speech(request)), status_of(error)
    region = office.region(who.region)
    return page(
        request, "finance/found.html", status=status, region=region, number=number.strip(), found=found, kinds=KINDS,
        refusal=said,
    )  # fmt: skip
