"""`Idempotency-Key`: a POST that moves money has its effect once and answers the same when repeated."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, String, Table, Text, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from api.people import Person
from foundation import clock
from foundation.errors import BadInput, Conflict

_KEY_MAX = 128
_CLAIMED = 0
"""In place of a status: the request is being done."""

_PATIENCE = timedelta(seconds=20)
_LOOK_EVERY = timedelta(seconds=0.1)
_ABANDONED = timedelta(minutes=2)

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


class StillBeingDone(Conflict):
    """The same request came before and is not through yet."""

    code = "still_being_done"


async def once(request: Request, who: Person, act: Callable[[], Awaitable[tuple[int, Any]]]) -> Response:
    """Does `act` (status and JSON-able body) once for a key of a person; the same request again gets the same answer.

    An error is not remembered: nothing was changed, and the same key may try again. No connection is held while `act`
    works, since it may wait for an institution: the key is claimed first, in a transaction of its own.
    """
    key = request.headers.get("idempotency-key", "")
    if not 8 <= len(key) <= _KEY_MAX:
        raise BadInput("Idempotency-Key", key, f"a header of 8 to {_KEY_MAX} characters, new for each new request")
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + await request.body()).digest()
    database = request.app.state.office.database
    mine = (idempotency.c.actor == who.name) & (idempotency.c.key == key)
    before = await _claim(database, {"actor": who.name, "key": key, "request_digest": digest})
    if before is not None:
        return before
    try:
        status, body = await act()
    except BaseException:
        async with database.begin() as db:
            await db.execute(delete(idempotency).where(mine))
        raise
    answer = json.dumps(body, ensure_ascii=False).encode()
    async with database.begin() as db:
        await db.execute(update(idempotency).where(mine).values(status=status, response=answer))
    return Response(answer, status, media_type="application/json")


async def _claim(database: AsyncEngine, claim: dict[str, Any]) -> Response | None:
    """Claims a key: None where it is ours now, else the answer that the same request had before.

    While the first is at work the second waits for its answer. A claim older than _ABANDONED is one whose process died.
    """
    mine = (idempotency.c.actor == claim["actor"]) & (idempotency.c.key == claim["key"])
    for _ in range(int(_PATIENCE / _LOOK_EVERY)):
        async with database.begin() as db:
            abandoned = (idempotency.c.status == _CLAIMED) & (idempotency.c.at < clock.now() - _ABANDONED)
            await db.execute(delete(idempotency).where(mine, abandoned))
            new = insert(idempotency).values(**claim, status=_CLAIMED, response=b"", at=clock.now())
            claimed = await db.execute(new.on_conflict_do_nothing().returning(idempotency.c.key))
            if claimed.one_or_none() is not None:
                return None
            row = (await db.execute(select(idempotency).where(mine))).one_or_none()
        if row is not None and row.request_digest != claim["request_digest"]:
            raise KeyUsedBefore(f"Idempotency-Key {claim['key']} was used for another request; take a new one")
        if row is not None and row.status != _CLAIMED:
            return Response(row.response, row.status, media_type="application/json")
        await asyncio.sleep(_LOOK_EVERY.total_seconds())
    raise StillBeingDone("the same request is still being done; ask again in a moment with the same Idempotency-Key")
