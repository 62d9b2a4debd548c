"""Statements that an institution's gateway gives as files."""

import re

from adapters.wire.gateway import SignedGateway
from settlement.ports.refusal import Refused
from settlement.ports.statements import RawStatement

_MOST_BYTES = 64 << 20
_NOT_READY = "not_ready"
_PLAIN_NAME = re.compile(r"""filename="?([0-9A-Za-z][0-9A-Za-z._-]{0,120})"?(?:;|$)""")


async def statement(gateway: SignedGateway, path: str, otherwise: str) -> RawStatement | None:
    """The file behind a path, or None while it is not ready. Errors as `SignedGateway.get`.

    It keeps the name that the server gives if that is a plain one (no folder, no odd character), or is named
    `otherwise`.
    """
    try:
        reply = await gateway.get(path, _MOST_BYTES)
    except Refused as refusal:
        if refusal.reason == _NOT_READY:
            return None
        raise
    named = _PLAIN_NAME.search(reply.headers.get("content-disposition", ""))
    return RawStatement(named[1] if named else otherwise, reply.body)
