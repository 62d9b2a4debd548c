"""Where a channel says that it was paid: body only, no query string, bounded in size, answered after the commit.

A plain route, in front of all others: what the framework does for a request takes longer than verifying the message.
"""

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.http.office import of_request
from foundation.errors import BadInput, NotFound
from settlement.payments.inbox import RAW_BYTES_MAX, Inbox

_STATUS = {"bad_signature": 400, "unknown_order": 404}


async def notification(request: Request) -> PlainTextResponse:
    """Stores and applies a notification. 200 once it is dealt with; 400 or 404 makes an honest channel send again."""
    office, region = of_request(request), request.path_params["region"]
    if office.region(region).channel.kind != request.path_params["channel"]:
        raise NotFound(f"region {region} is not paid through {request.path_params['channel']}")
    raw = b""
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > RAW_BYTES_MAX:
                raise BadInput("body", f"more than {RAW_BYTES_MAX} bytes", f"at most {RAW_BYTES_MAX} bytes")
    except ClientDisconnect:  # the sender gave up in the middle, and sends it again
        return PlainTextResponse("incomplete", 400)
    source = request.client.host if request.client else "unknown"
    inbox: Inbox = request.app.state.inbox
    outcome = await inbox.receive(region, raw, source)
    taken = office.institutions[region].channel.acknowledgement
    return PlainTextResponse(outcome.name if outcome.name in _STATUS else taken, _STATUS.get(outcome.name, 200))


route = Route("/v1/notifications/{channel}/{region}", notification, methods=["POST"])
