"""Where a channel says that it was paid: body only, no query string, bounded in size, answered after the commit.

In front of the framework and all else that stands around the other routes, because what these do for a request takes
longer than verifying the message.
"""

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem
from foundation.errors import BadInput, HeyiError, NotFound
from settlement.office import Office
from settlement.payments.inbox import RAW_BYTES_MAX, Inbox

_PREFIX = "/v1/notifications/"
_STATUS = {"bad_signature": 400, "unknown_order": 404}


class NotificationDoor:
    """Middleware around the whole application: answers `/v1/notifications/{channel}/{region}`, passes on the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self.app(scope, receive, send)
            return
        try:
            answer = await _answer(scope, receive)
        except HeyiError as error:
            answer = problem(error)
        await answer(scope, receive, send)


async def _answer(scope: Scope, receive: Receive) -> Response:
    """Stores and applies a notification. 200 once it is dealt with; 400 or 404 makes an honest channel send again."""
    if scope["method"] != "POST":
        return PlainTextResponse("Method Not Allowed", 405, {"Allow": "POST"})
    state = scope["app"].state
    office: Office = state.office
    inbox: Inbox = state.inbox
    channel, _, region = scope["path"].removeprefix(_PREFIX).partition("/")
    if office.region(region).channel.kind != channel:
        raise NotFound(f"region {region} is not paid through {channel}")
    try:
        raw = await body_of(receive)
    except ClientDisconnect:  # the sender gave up in the middle, and sends it again
        return PlainTextResponse("incomplete", 400)
    client = scope["client"]
    outcome = await inbox.receive(region, raw, client[0] if client else "unknown")
    taken = office.institutions[region].channel.acknowledgement
    return PlainTextResponse(outcome.name if outcome.name in _STATUS else taken, _STATUS.get(outcome.name, 200))


async def body_of(receive: Receive) -> bytes:
    """A request's whole body. Raises BadInput beyond RAW_BYTES_MAX, ClientDisconnect where it ends in the middle."""
    raw = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        raw += chunk
        if len(raw) > RAW_BYTES_MAX:
            raise BadInput("body", f"more than {RAW_BYTES_MAX} bytes", f"at most {RAW_BYTES_MAX} bytes")
        if not message.get("more_body", False):
            return raw
