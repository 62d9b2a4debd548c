import base64
import hashlib
import hmac
import json
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from adapters.registry.client import RegistryClient, webhook_signature
from settlement.ports.registry import Clearance, ClearedLine
from settlement.regions import RegistryConfig
from tests.adapters.wire.institution import NOW

CLEARANCE = Clearance(
    id=UUID("0195a3b0-0000-7000-8000-000000000001"),
    bill_number="341502260302000015",
    case_number="2026-0001",
    unit_code="341502001001GB00001F00010001",
    cleared_at=NOW,
    lines=(ClearedLine("deed_tax", "transferee", 1_500_000, "N1"), ClearedLine("stamp_tax", "transferee", 0, "exempt")),
)


def registry(folder: Path, response: httpx.Response, heard: list[httpx.Request] | None = None) -> RegistryClient:
    def handle(request: httpx.Request) -> httpx.Response:
        if heard is not None:
            heard.append(request)
        return response

    (folder / "secret").write_bytes(b"registry secret\n")
    config = RegistryConfig(address="http://registry.test", secret_file=folder / "secret")
    return RegistryClient(config, httpx.AsyncClient(transport=httpx.MockTransport(handle)), lambda: NOW)


async def test_a_clearance_is_delivered_and_signed(tmp_path: Path) -> None:
    heard: list[httpx.Request] = []
    ours = registry(tmp_path, httpx.Response(200, json={"acknowledgement": "A1"}), heard)
    said = await ours.deliver(CLEARANCE.id, ours.written(CLEARANCE))
    assert (said.status, said.acknowledgement, said.taken) == (200, "A1", True)
    request = heard[0]
    assert (request.method, request.url) == ("POST", "http://registry.test/registry/v1/clearances")
    headers = request.headers
    assert headers["webhook-id"] == str(CLEARANCE.id)
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signed = f"{CLEARANCE.id}.{headers['webhook-timestamp']}.".encode() + request.content
    digest = hmac.new(b"registry secret", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert json.loads(request.content) == {
        "bill_number": "341502260302000015",
        "case_number": "2026-0001",
        "unit_code": "341502001001GB00001F00010001",
        "cleared_at": "2026-03-02T12:00:00+08:00",
        "lines": [
            {"item": "deed_tax", "payer": "transferee", "amount": "15000.00", "proof": "N1"},
            {"item": "stamp_tax", "payer": "transferee", "amount": "0.00", "proof": "exempt"},
        ],
    }


def test_the_signature_of_a_public_vector() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    shown = webhook_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert shown == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_no_is_kept_with_the_registrys_words(tmp_path: Path) -> None:
    response = httpx.Response(409, json={"code": "unknown_case", "message": "no such case"})
    said = await registry(tmp_path, response).deliver(CLEARANCE.id, b"{}")
    assert (said.status, said.taken) == (409, False)
    assert "no such case" in said.answer


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (httpx.Response(500), 500),
        (httpx.Response(302, headers={"Location": "http://elsewhere.test"}), 302),
        (httpx.Response(204), 204),
        (httpx.Response(200, text="ok"), 200),
        (httpx.Response(200, json={"acknowledgement": ""}), 200),
        (httpx.Response(404, text="not found"), 404),
    ],
)
async def test_only_an_acknowledgement_counts_as_taken(tmp_path: Path, response: httpx.Response, status: int) -> None:
    said = await registry(tmp_path, response).deliver(CLEARANCE.id, b"{}")
    assert (said.status, said.taken) == (status, False)


async def test_a_line_that_is_dead_is_an_answer_too(tmp_path: Path) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    (tmp_path / "secret").write_bytes(b"s")
    config = RegistryConfig(address="http://registry.test", secret_file=tmp_path / "secret")
    dead = RegistryClient(config, httpx.AsyncClient(transport=httpx.MockTransport(handle)), lambda: NOW)
    said = await dead.deliver(CLEARANCE.id, b"{}")
    assert (said.status, said.taken) == (None, False)
    assert "did not answer" in said.answer
