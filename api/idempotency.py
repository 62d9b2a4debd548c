"""`Idempotency-Key`: a POST that moves money has its effect once and answers the same when repeated."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, String, Table, Text, insert, select, text

from api.people import Person
from foundation import clock
from foundation.errors import BadInput, Conflict

_KEY_MAX = 128

idempotency = Table(
    "idempotency",
    MetaData(),
    Column("actor", Text, primary_key=True),
    Column("key", String(_KEY_MAX), primary_key=True),
    Column("request_digest", LargeBinary),
    Column("status", Integer),
    Column("response", LargeBinary),
    Column("at", DateTime(timezone=True)),
)


class KeyUsedBefore(Conflict):
    """The key belongs to another request."""

    code = "idempotency_key_reused"


async def once(request: Request, who: Person, act: Callable[[], Awaitable[tuple[int, Any]]]) -> Response:
    """Does `act` (status and JSON-able body) once for a key of a person; the same request again gets the same answer.

    An error is not remembered: nothing was changed, and the same key may try again.
    """
    key = request.headers.get("idempotency-key", "")
    if not 8 <= len(key) <= _KEY_MAX:
        raise BadInput("Idempotency-Key", key, f"a header of 8 to {_KEY_MAX} characters, new for each new request")
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + await request.body()).digest()
    async with request.app.state.office.database.begin() as db:
        # The same key at the same moment waits here for the first to be done, and then finds its answer.
        await db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"{who.name}\n{key}"})
        mine = (idempotency.c.actor == who.name) & (idempotency.c.key == key)
        row = (await db.execute(select(idempotency).where(mine))).one_or_none()
        if row is not None:
            if row.request_digest != digest:
                raise KeyUsedBefore(f"Idempotency-Key {key} was used for another request; take a new one")
            return Response(row.response, row.status, media_type="application/json")
        status, body = await act()
        answer = json.dumps(body, ensure_ascii=False).encode()
        values = {"actor": who.name, "key": key, "request_digest": digest, "status": status, "response": answer}
        await db.execute(insert(idempotency).values(**values, at=clock.now()))
    return Response(answer, status, media_type="application/json")
