"""Where a channel says that it was paid: body only, no query string, bounded in size, answered after the commit."""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from api.http.office import TheOffice
from foundation.errors import BadInput, NotFound
from settlement.payments.inbox import RAW_BYTES_MAX, Inbox

router = APIRouter(tags=["channel"])

_STATUS = {"bad_signature": 400, "unknown_order": 404}


@router.post("/notifications/{channel}/{region}", response_class=PlainTextResponse)
async def notification(channel: str, region: str, request: Request, office: TheOffice) -> PlainTextResponse:
    """Stores and applies a notification. 200 once it is dealt with; 400 or 404 makes an honest channel send again."""
    if office.region(region).channel.kind != channel:
        raise NotFound(f"region {region} is not paid through {channel}")
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > RAW_BYTES_MAX:
            raise BadInput("body", f"more than {RAW_BYTES_MAX} bytes", f"at most {RAW_BYTES_MAX} bytes")
    source = request.client.host if request.client else "unknown"
    inbox: Inbox = request.app.state.inbox
    outcome = await inbox.receive(region, raw, source)
    taken = office.institutions[region].channel.acknowledgement
    return PlainTextResponse(outcome.name if outcome.name in _STATUS else taken, _STATUS.get(outcome.name, 200))
