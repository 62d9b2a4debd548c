"""Where TIPS says that its day turns (9101): signed as its front signs, stored, then answered (9120)."""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from adapters.tax_office.tips.pushes import TipsPushes
from api.http.office import TheOffice
from foundation.errors import BadInput, HeyiError, NotFound
from settlement.exchanges.pushes import Pushed, hear_day, refuse

router = APIRouter(tags=["networks"])

_MOST_BYTES = 64 * 1024


@router.post("/pushes/tips/{region}")
async def tips(region: str, request: Request, office: TheOffice) -> Response:
    """Takes a state change of TIPS. 400: not from its front, or no 9101; it is kept and counted into a case."""
    config = office.region(region).tax_office
    if config.tips is None:
        raise NotFound(f"taxes of region {region} do not go over TIPS")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise BadInput("body", f"more than {_MOST_BYTES} bytes", f"at most {_MOST_BYTES} bytes")
    door = TipsPushes(config, config.tips.node)
    source = request.client.host if request.client else "unknown"
    try:
        said = door.read(request.url.path, request.headers, body)
    except HeyiError as error:
        await refuse(office, Pushed(region, "tips", "9101", source, body, None), error)
        return PlainTextResponse("bad_signature", 400)
    outcome = await hear_day(office, Pushed(region, "tips", "9101", source, body, said.message_id), said)
    if not outcome.is_good:
        return PlainTextResponse(outcome.name, 409)
    return Response(door.acknowledgement(said), media_type="application/xml")
