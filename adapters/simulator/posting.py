"""Posts notifications over HTTP/1.1, on connections that stay open.

A general client spends ten times what the rest of a played payment takes; here thousands go out in a second, all alike.
Only what a notification needs: one POST, no redirects, an answer with a length, in chunks or until the line ends.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

import httpx

_AT_ONCE = 64
_KEPT_SECONDS = 1.0
"""Servers close what rests for some seconds; a notification must not meet one that is just being closed."""
_ANSWER_MAX = 1_000_000
_PORTS = {"http": 80, "https": 443}

_FAILED = (OSError, EOFError, ValueError, LookupError, asyncio.LimitOverrunError)


class NotPosted(Exception):
    """Nobody took the message, or nobody answered in time."""


@dataclass(slots=True)
class _Line:
    """An open connection, and since when it rests."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    since: float


@cache
def _roots_of_trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class Post:
    """Takes messages to merchants. `patience` is in seconds: for a connection, and for an answer once all is sent."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._resting: dict[tuple[str, str], list[_Line]] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def send(self, address: str, body: bytes | AsyncIterator[bytes], content_type: str) -> tuple[int, str]:
        """Posts a body, whole or as it comes; the status and text of the answer. NotPosted where there is none."""
        to = urlsplit(address)
        async with self._places:
            line: _Line | None = None
            try:
                line = await self._line(to)
                await _written(line.writer, to, body, content_type)
                async with asyncio.timeout(self._patience):
                    status, text, stays = await _answer(line.reader)
            except _FAILED as error:
                if line:
                    line.writer.close()
                raise NotPosted(f"{address}: {error!r}") from None
        if stays:
            line.since = time.monotonic()
            self._resting.setdefault((to.scheme, to.netloc), []).append(line)
        else:
            line.writer.close()
        return status, text

    def close(self) -> None:
        """Closes what rests."""
        for lines in self._resting.values():
            for line in lines:
                line.writer.close()
        self._resting.clear()

    async def _line(self, to: SplitResult) -> _Line:
        resting = self._resting.get((to.scheme, to.netloc), [])
        while resting:
            line = resting.pop()
            if not line.reader.at_eof() and time.monotonic() - line.since < _KEPT_SECONDS:
                return line
            line.writer.close()
        secure = _roots_of_trust() if to.scheme == "https" else None
        async with asyncio.timeout(self._patience):
            reader, writer = await asyncio.open_connection(to.hostname, to.port or _PORTS[to.scheme], ssl=secure)
        return _Line(reader, writer, time.monotonic())


async def _written(
    writer: asyncio.StreamWriter, to: SplitResult, body: bytes | AsyncIterator[bytes], content_type: str
) -> None:
    length = f"Content-Length: {len(body)}" if isinstance(body, bytes) else "Transfer-Encoding: chunked"
    head = f"POST {to.path or '/'} HTTP/1.1\r\nHost: {to.netloc}\r\nContent-Type: {content_type}\r\n{length}\r\n\r\n"
    writer.write(head.encode("ascii") + (body if isinstance(body, bytes) else b""))
    await writer.drain()
    if isinstance(body, bytes):
        return
    async for piece in body:
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, str, bool]:
    """Status and text of an answer, and whether its connection stays open."""
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    version, status = first.split(" ", 2)[:2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)}
    stays = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    if "chunked" in headers.get("transfer-encoding", "").lower():
        content = await _chunks(reader)
    elif "content-length" in headers:
        content = await reader.readexactly(_bounded(int(headers["content-length"])))
    elif status in ("204", "304"):
        content = b""
    else:
        content, stays = await reader.read(_ANSWER_MAX), False
    return int(status), content.decode("utf-8", errors="replace"), stays


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    content = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        content += await reader.readexactly(_bounded(size + len(content)) - len(content))
        await reader.readuntil(b"\r\n")
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers
    return content


def _bounded(length: int) -> int:
    if not 0 <= length <= _ANSWER_MAX:
        raise ValueError(f"an answer of {length} bytes")
    return length
