"""Server-sent events of a bill: `moved`, whenever anything of it moved. They say that, and not what."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi.responses import StreamingResponse

from settlement.bills.pulse import pulse
from settlement.office import Office

_LOOK_EVERY_SECONDS = 0.4
_STREAM_LOOKS = 60
"""Then the stream ends and the browser opens it again, so that a server that stops is not held up by its watchers."""


def stream_of(office: Office, bill_id: UUID) -> StreamingResponse:
    """The events of a bill. Where they do not get through, a page asks now and then by itself."""
    return StreamingResponse(_moves(office, bill_id), media_type="text/event-stream")


async def _moves(office: Office, bill_id: UUID) -> AsyncIterator[str]:
    seen = await _pulse(office, bill_id)
    yield "retry: 1000\n\n"
    for _ in range(_STREAM_LOOKS):
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        now = await _pulse(office, bill_id)
        if now != seen:
            seen = now
            yield f"event: moved\ndata: {now}\n\n"


async def _pulse(office: Office, bill_id: UUID) -> str:
    async with office.database.connect() as db:
        return await pulse(db, bill_id)
