"""How notifications travel: whole or in pieces, on connections that stay open, and whatever way the answer ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.simulator.posting import NotPosted, Post


@asynccontextmanager
async def merchant(*answers: bytes) -> AsyncIterator[tuple[str, list[tuple[int, bytes]]]]:
    """Gives these answers, one a request; its address, and what came, each with the number of its connection.

    An empty answer closes the line.
    """
    waiting, came, connections = list(answers), [], 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        mine = connections
        while waiting:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            if b"chunked" in head:
                body = await reader.readuntil(b"0\r\n\r\n")
            else:
                body = await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]))
            came.append((mine, body))
            said = waiting.pop(0)
            writer.write(said)
            if not said or b"close" in said or (b"ength" not in said.lower() and b"chunked" not in said):
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield "http://{}:{}/notify".format(*server.sockets[0].getsockname()[:2]), came


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    made = Post(patience=0.5)
    yield made
    made.close()


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nsuccess"


async def test_one_connection_serves_one_after_the_other(post: Post) -> None:
    async with merchant(OK, OK) as (address, came):
        assert await post.send(address, b"a=1", "text/plain") == (200, "success")
        assert await post.send(address, b"b=2", "text/plain") == (200, "success")
    assert came == [(1, b"a=1"), (1, b"b=2")]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsuc\r\n4;x=y\r\ncess\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nsuccess",
        b"HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\nsuccess",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\nsuccess",
    ],
)
async def test_an_answer_may_end_in_every_way(post: Post, answer: bytes) -> None:
    async with merchant(answer, OK) as (address, _):
        assert await post.send(address, b"a=1", "text/plain") == (200, "success")
        assert await post.send(address, b"b=2", "text/plain") == (200, "success")


async def test_a_body_may_come_in_pieces(post: Post) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a="
        yield b"1"

    async with merchant(OK) as (address, came):
        assert await post.send(address, pieces(), "text/plain") == (200, "success")
    assert came == [(1, b"2\r\na=\r\n1\r\n1\r\n0\r\n\r\n")]


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", b"HTTP/1.1 2", OK[:-1]]
)
async def test_what_is_no_answer_is_not_taken(post: Post, answer: bytes) -> None:
    async with merchant(answer) as (address, _):
        with pytest.raises(NotPosted):
            await post.send(address, b"a=1", "text/plain")


async def test_nobody_there(post: Post) -> None:
    with pytest.raises(NotPosted):
        await post.send("http://127.0.0.1:9/notify", b"a=1", "text/plain")


async def test_an_endless_answer_is_not_read_to_its_end(post: Post) -> None:
    async with merchant(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n") as (address, _):
        with pytest.raises(NotPosted, match="99999999"):
            await post.send(address, b"a=1", "text/plain")
