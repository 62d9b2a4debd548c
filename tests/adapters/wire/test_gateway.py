from pathlib import Path

import httpx
import pytest

from adapters.wire.gateway import SignedGateway
from foundation.errors import Unavailable
from settlement.ports.channel import Unauthentic
from settlement.ports.refusal import Refused
from settlement.regions import Gateway
from tests.adapters.wire.institution import NOW, Answer, client, gateway


def line(folder: Path, reaches: httpx.AsyncClient) -> SignedGateway:
    return SignedGateway(Gateway.model_validate(gateway(folder)), reaches, "the office", lambda: NOW)


def answered(response: httpx.Response) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: response))


async def test_a_request_is_signed_with_its_path_and_query(tmp_path: Path) -> None:
    def answer(method: str, path: str, message: object) -> tuple[int, object]:
        return 200, {"method": method, "path": path, "message": message}

    ours = line(tmp_path, client(answer))
    assert b'"/base/a?b=%20c"' in (await ours.get("/a?b= c", 1000)).body
    assert '"税"'.encode() in await ours.post("/a", {"x": "税"})


async def test_a_signed_no_is_a_refusal(tmp_path: Path) -> None:
    no: Answer = lambda *_: (409, {"code": "not_received", "message": "no such money"})  # noqa: E731
    with pytest.raises(Refused) as caught:
        await line(tmp_path, client(no)).post("/a", {})
    assert (caught.value.reason, caught.value.whom) == ("not_received", "the office")


@pytest.mark.parametrize("status", [200, 409])
async def test_a_wrong_signature_is_not_believed(tmp_path: Path, status: int) -> None:
    response = httpx.Response(status, json={"code": "x", "message": ""}, headers={"X-Signature": "AAAA"})
    with pytest.raises(Unauthentic):
        await line(tmp_path, answered(response)).post("/a", {})


async def test_an_answer_to_another_request_is_not_believed(tmp_path: Path) -> None:
    kept: list[httpx.Response] = []
    there = client(lambda *_: (200, {}))

    async def repeat(request: httpx.Request) -> httpx.Response:
        if not kept:
            kept.append(await there._transport.handle_async_request(request))
        return httpx.Response(200, content=b"{}", headers={"X-Signature": kept[0].headers["x-signature"]})

    ours = line(tmp_path, httpx.AsyncClient(transport=httpx.MockTransport(repeat)))
    assert await ours.post("/a", {}) == b"{}"
    with pytest.raises(Unauthentic):
        await ours.post("/a", {})


@pytest.mark.parametrize("status", [200, 302, 401, 409, 500, 503])
async def test_an_unsigned_answer_decides_nothing(tmp_path: Path, status: int) -> None:
    with pytest.raises(Unavailable):
        await line(tmp_path, answered(httpx.Response(status, text="proxy"))).post("/a", {})


@pytest.mark.parametrize(
    ("status", "body"), [(429, {"code": "x", "message": "y"}), (204, b""), (409, b"<html>"), (409, {"code": 1})]
)
async def test_a_signed_answer_that_says_nothing_decides_nothing(tmp_path: Path, status: int, body: object) -> None:
    with pytest.raises(Unavailable):
        await line(tmp_path, client(lambda *_: (status, body))).post("/a", {})


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError])
async def test_a_broken_line_decides_nothing(tmp_path: Path, error: type[httpx.TransportError]) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise error("broken")

    with pytest.raises(Unavailable, match=error.__name__):
        await line(tmp_path, httpx.AsyncClient(transport=httpx.MockTransport(broken))).post("/a", {})


async def test_too_long_an_answer_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="more than 1000 bytes"):
        await line(tmp_path, client(lambda *_: (200, b"x" * 1001))).get("/a", 1000)
