"""One HTTP exchange with an institution: bounded, never redirected, every failure of the line an Unavailable."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from foundation.errors import Unavailable

_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def exchange(client: httpx.AsyncClient, request: httpx.Request, whom: str, most_bytes: int = _MEGABYTE) -> Reply:
    """Sends a request and reads the answer up to `most_bytes`.

    Unavailable: no connection, no answer in time (the client's own timeouts), a server error, or too long an answer.
    """
    try:
        answer = await client.send(request, stream=True, follow_redirects=False)
        try:
            body = await _bounded(answer, whom, most_bytes)
        finally:
            await answer.aclose()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"{whom} did not answer: {type(error).__name__} {error}".rstrip(), whom=whom) from error
    if answer.status_code >= 500:
        raise Unavailable(f"{whom} answered with status {answer.status_code}", whom=whom, status=answer.status_code)
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)


async def _bounded(answer: httpx.Response, whom: str, most_bytes: int) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > most_bytes:
            raise Unavailable(f"{whom} answered with more than {most_bytes} bytes", whom=whom)
    return bytes(body)
