from datetime import date
from urllib.parse import parse_qsl

import httpx
import pytest

from adapters.unionpay.statements import AcpStatements
from foundation.errors import Unavailable
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Unauthentic
from settlement.ports.columns import rows_of
from settlement.ports.statements import RawStatement, Source, StatementRow, UnreadableStatement
from tests.adapters.unionpay.authority import NOW, raw, signed
from tests.adapters.unionpay.zm import MERCHANT, adjustment, file_content, line, zipped

DAY = date(2026, 3, 1)
LINES = line("202603011200000000011", "ORDER0001", 1508000) + line("202603011200000000022", "ORDER0002", 8000)
FILE = RawStatement("file.zip", zipped(LINES))


def source(config: AcpConfig, fields: dict[str, str], asked: dict[str, str] | None = None) -> AcpStatements:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url) == ("POST", "http://files.test/")
        if asked is not None:
            asked.update(parse_qsl(request.content.decode(), strict_parsing=True))
        return httpx.Response(200, content=raw(signed({"merId": MERCHANT, **fields})))

    return AcpStatements(config, "341502", httpx.AsyncClient(transport=httpx.MockTransport(answer)), lambda: NOW)


async def test_a_file_is_fetched_and_read(config: AcpConfig) -> None:
    asked: dict[str, str] = {}
    name = f"{MERCHANT}_20260301.zip"
    fields = {"respCode": "00", "settleDate": "0301", "fileName": name, "fileContent": file_content(LINES)}
    statements = source(config, fields, asked)
    fetched = await statements.fetch(DAY)
    assert fetched is not None
    assert fetched.file_name == name
    assert (asked["txnType"], asked["settleDate"], asked["fileType"]) == ("76", "0301", "00")
    assert "orderId" not in asked
    statement = statements.parse(fetched, DAY)
    assert (statement.source, statement.region, statement.day) == (Source.channel, "341502", DAY)
    assert rows_of(statement.columns) == (
        StatementRow(1, "202603011200000000011", "ORDER0001", 1508000),
        StatementRow(2, "202603011200000000022", "ORDER0002", 8000),
    )


async def test_a_file_that_is_not_there_yet(config: AcpConfig) -> None:
    assert await source(config, {"respCode": "98"}).fetch(DAY) is None


@pytest.mark.parametrize("code", ["99", "10", ""])
async def test_a_refusal_is_no_answer(config: AcpConfig, code: str) -> None:
    with pytest.raises(Unavailable):
        await source(config, {"respCode": code}).fetch(DAY)


async def test_the_file_of_another_day_is_refused(config: AcpConfig) -> None:
    with pytest.raises(Unauthentic, match="0302"):
        await source(config, {"respCode": "00", "settleDate": "0302"}).fetch(DAY)


async def test_a_broken_wrapping_is_kept_and_refused(config: AcpConfig) -> None:
    ours = source(config, {"respCode": "00", "fileName": "f.zip", "fileContent": file_content(LINES)[:-8]})
    fetched = await ours.fetch(DAY)
    assert fetched is not None
    with pytest.raises(UnreadableStatement, match="cannot be opened"):
        ours.parse(fetched, DAY)


async def test_a_file_name_is_made_safe(config: AcpConfig) -> None:
    fields = {"respCode": "00", "fileName": "../x", "fileContent": file_content(LINES)}
    fetched = await source(config, fields).fetch(DAY)
    assert fetched is not None
    assert fetched.file_name == f"{MERCHANT}_20260301.zip"


def test_an_empty_day_has_no_rows(config: AcpConfig) -> None:
    statement = source(config, {}).parse(RawStatement("f.zip", zipped(b"")), DAY)
    assert (rows_of(statement.columns), statement.unread) == ((), ())


def test_adjustments_follow_the_transactions(config: AcpConfig) -> None:
    file = zipped(LINES, **{f"INN26030100ZME_{MERCHANT}": adjustment("000017", "0301093000", 500)})
    statement = source(config, {}).parse(RawStatement("f.zip", file), DAY)
    assert rows_of(statement.columns)[2:] == (StatementRow(1, "ZME0000170301093000", "", 500, "adjustment"),)


@pytest.mark.parametrize("lines", [adjustment("x", "0301093000", 5), adjustment("000017", "0301093000", 5)[1:], LINES])
def test_a_broken_adjustment_is_a_finding(config: AcpConfig, lines: bytes) -> None:
    file = zipped(LINES, **{f"INN26030100ZME_{MERCHANT}": lines})
    statement = source(config, {}).parse(RawStatement("f.zip", file), DAY)
    assert len(statement.columns) == 2
    assert statement.unread[0].line_no == 1


def test_the_adjustments_of_another_merchant_are_refused(config: AcpConfig) -> None:
    file = zipped(LINES, **{f"INN26030100ZME_{MERCHANT}": adjustment("000017", "0301093000", 5, "898341502000009")})
    with pytest.raises(UnreadableStatement, match="column 18") as caught:
        source(config, {}).parse(RawStatement("f.zip", file), DAY)
    assert caught.value.facts["kind"] == "F0-8"


@pytest.mark.parametrize(
    ("file", "kind", "says"),
    [
        (FILE.raw[:-40], "F0-4", "cannot be opened"),
        (b"", "F0-4", "cannot be opened"),
        (zipped(LINES[:-300]), "F0-4", "line 2"),
        (zipped(LINES[:607] + LINES[609:]), "F0-5", "line 1"),
        (zipped(LINES, member="readme.txt"), "F0-5", "0 ZM files"),
        (zipped(LINES, member=f"INN26030288ZM_{MERCHANT}"), "F0-8", "not of 2026-03-01"),
        (zipped(LINES, member="INN26030188ZM_898341502000009"), "F0-8", "not of 2026-03-01"),
        (zipped(LINES, **{f"INN26030100ZM_{MERCHANT}": LINES}), "F0-5", "2 ZM files"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(config: AcpConfig, file: bytes, kind: str, says: str) -> None:
    with pytest.raises(UnreadableStatement) as caught:
        source(config, {}).parse(RawStatement("f.zip", file), DAY)
    assert (caught.value.facts["kind"], says in caught.value.detail) == (kind, True)
    assert caught.value.detail.startswith("f.zip: ")


def test_the_day_is_that_of_the_file_name(config: AcpConfig) -> None:
    with pytest.raises(UnreadableStatement, match="not of 2027-03-01"):
        source(config, {}).parse(FILE, DAY.replace(year=2027))


def test_a_changed_packed_byte_is_noticed(config: AcpConfig) -> None:
    damaged = bytearray(FILE.raw)
    damaged[60] ^= 1
    with pytest.raises(UnreadableStatement):
        source(config, {}).parse(RawStatement("f.zip", bytes(damaged)), DAY)
