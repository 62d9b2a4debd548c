"""Statements that an institution's gateway gives as files."""

import re
from datetime import date

import httpx

from adapters.wire.gateway import SignedGateway
from settlement.ports.refusal import Refused
from settlement.ports.statements import RawStatement
from settlement.statement_files import SignedPath

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


class SignedFolder:
    """The files of one source over HTTPS, one a day."""

    def __init__(self, config: SignedPath, client: httpx.AsyncClient) -> None:
        self._path = config.path
        self._gateway = SignedGateway(config, client, config.address)

    async def fetch(self, day: date) -> RawStatement | None:
        """The file of a day, or None while it is not ready. Unavailable, Unauthentic: as `SignedGateway.get`."""
        return await statement(self._gateway, self._path.format(day=day), f"{day:%Y%m%d}.csv")
