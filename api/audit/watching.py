"""Records at the door what people were refused and what they carried out as a file, whichever page or interface it was.

An export is recorded before its first byte leaves.
"""

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import current_person
from api.audit.recording import record

_FILES = (b"application/pdf", b"application/vnd.openxmlformats", b"text/csv", b"application/zip")


class Watching:
    """Middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and (kind := _kind(message)):
                await _record(Request(scope), kind)
            await send(message)

        await self.app(scope, receive, watched)


def _kind(message: Message) -> str | None:
    if message["status"] == 403:
        return "refused"
    headers = dict(message["headers"])
    carried = headers.get(b"content-disposition", b"").startswith(b"attachment")
    return "export" if carried or headers.get(b"content-type", b"").startswith(_FILES) else None


async def _record(request: Request, kind: str) -> None:
    who = current_person(request)
    if who is None:
        return  # a payer with their own papers, or nobody
    query = f"?{request.url.query}" if request.url.query and kind == "export" else ""
    async with request.app.state.office.database.begin() as db:
        await record(db, kind, who.name, who.region, f"{request.method} {request.url.path}{query}")
