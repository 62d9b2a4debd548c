from pathlib import Path

import httpx
import pytest

from adapters.wire.download import statement
from adapters.wire.gateway import SignedGateway, answer_text, signature
from settlement.ports.statements import RawStatement
from settlement.regions import Gateway
from tests.adapters.wire.institution import NOW, SECRET, gateway


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="TIPS_3139.xml"', "TIPS_3139.xml"),
        ("attachment; filename=a.csv; size=3", "a.csv"),
        ('attachment; filename="../a.csv"', "otherwise"),
        ('attachment; filename="a/b.csv"', "otherwise"),
        ('attachment; filename=".hidden"', "otherwise"),
        ("attachment", "otherwise"),
    ],
)
async def test_a_files_name_is_kept_if_it_is_plain(tmp_path: Path, header: str, name: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        shown = signature(SECRET, answer_text(request.headers["x-nonce"], 200, b"x"))
        return httpx.Response(200, content=b"x", headers={"X-Signature": shown, "Content-Disposition": header})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    line = SignedGateway(Gateway.model_validate(gateway(tmp_path)), client, "the office", lambda: NOW)
    assert await statement(line, "/a", "otherwise") == RawStatement(name, b"x")
