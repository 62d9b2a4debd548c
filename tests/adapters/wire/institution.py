"""An institution behind the gateway signature, written from the protocol document and not from the adapter's code."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

SECRET = b"a secret of the tests"
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
Answer = Callable[[str, str, Any], tuple[int, Any]]


def _signature(text: str) -> str:
    return base64.b64encode(hmac.new(SECRET, text.encode(), hashlib.sha256).digest()).decode()


def client(answer: Answer) -> httpx.AsyncClient:
    """A client whose requests reach the institution; `answer` takes method, path and message, gives status and body."""

    def handle(request: httpx.Request) -> httpx.Response:
        headers, digest = request.headers, hashlib.sha256(request.content).hexdigest()
        assert headers["x-timestamp"] == "20260302120000"
        assert headers["x-app-id"] == "heyi-341502"
        assert 16 <= len(headers["x-nonce"]) <= 64
        path = request.url.raw_path.decode()
        text = f"{request.method}\n{path}\n{headers['x-timestamp']}\n{headers['x-nonce']}\n{digest}"
        assert headers["x-signature"] == _signature(text)
        status, content = answer(request.method, path, json.loads(request.content) if request.content else None)
        body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        shown = _signature(f"{headers['x-nonce']}\n{status}\n{hashlib.sha256(body).hexdigest()}")
        return httpx.Response(status, content=body, headers={"X-Signature": shown})

    return httpx.AsyncClient(transport=httpx.MockTransport(handle))


def gateway(folder: Path) -> dict[str, Any]:
    """The part of a region's configuration that every institution has."""
    (folder / "secret").write_bytes(SECRET + b"\n")
    return {"address": "http://outside.test/base", "app_id": "heyi-341502", "secret_file": folder / "secret"}
