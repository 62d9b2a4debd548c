"""What the QR of a settlement statement opens, for everyone: is it true, and the ledger's proofs to take along."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.rendering import page
from api.pages.route import PageRoute
from api.reports.statement import proof_texts
from foundation.errors import NotFound
from settlement.office import Office
from settlement.receipts.statements import statement_by_token

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/v/{token}")
async def verified(request: Request, token: str) -> Response:
    """The statement as it stands in our books today; it names nobody and no property in full."""
    office: Office = request.app.state.office
    statement = await statement_by_token(office, token)
    region = office.region(statement.region)
    return page(request, "verification.html", statement=statement, region=region, token=token)


@router.get("/v/{token}/proof-{place}.json")
async def proof(request: Request, token: str, place: int) -> Response:
    """One proof as a file for the page that checks it without a network."""
    texts = proof_texts(await statement_by_token(request.app.state.office, token))
    if not 1 <= place <= len(texts):
        raise NotFound(f"没有这份证明。There is no proof {place} of this statement.")
    headers = {"Content-Disposition": f'attachment; filename="proof-{place}.json"'}
    return Response(texts[place - 1], media_type="application/json", headers=headers)
