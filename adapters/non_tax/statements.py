"""The non-tax account's statement: CSV with a head, one row a collected item, and a trailer with count and sum."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import httpx
import pyarrow as pa
import pyarrow.compute as pc

from adapters.wire.amounts import fen_of_column
from adapters.wire.download import statement
from adapters.wire.gateway import SignedGateway
from adapters.wire.text_lines import cells, sound
from adapters.wire.unread import Unread
from foundation import clock
from foundation.money import plain_yuan
from settlement.ports.columns import ROWS, sum_fen
from settlement.ports.statements import Beside, RawStatement, Source, Statement, UnreadableStatement
from settlement.regions import NonTaxConfig

_RETURN = "R"
_COLUMNS = ("kind", "pay_code", "confirmation", "item", "amount", "query_id")


class NonTaxStatements:
    """Implements `settlement.ports.statements.StatementSource` for the non-tax account of one region."""

    source = Source.non_tax

    def __init__(
        self, config: NonTaxConfig, region: str, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._unit = config.unit
        self._region = region
        self._gateway = SignedGateway(config, client, "the non-tax platform", now)

    async def fetch(self, day: date) -> RawStatement | None:
        """The statement of a day of the non-tax account."""
        path = f"/nontax/v1/statements/{self._unit}/{day}"
        return await statement(self._gateway, path, f"{self._unit}_{day:%Y%m%d}.csv")

    def parse(self, raw: RawStatement, day: date) -> Statement:
        """Rows keyed by pay code, the channel's query id second; `account` is finance's item code.

        A row about a 退付 is keyed by the number of that, the pay code second, and names the pay code as its original.
        """
        unread = Unread()
        try:
            found, originals = self._rows(raw.raw, day, unread)
            left = unread.among(len(found))
        except UnreadableStatement as error:
            raise error.within(raw.file_name) from None
        return Statement(self.source, self._region, day, raw.file_name, raw.raw, found, left, beside=Beside(originals))

    def _rows(self, raw: bytes, day: date, unread: Unread) -> tuple[pa.Table, Mapping[str, str]]:
        body_at = raw.find(b"\n") + 1
        trailer_at = raw.rstrip(b"\r\n").rfind(b"\n") + 1
        if not 0 < body_at <= trailer_at:
            raise UnreadableStatement("the file has no first and last line: cut off", line=1)
        self._check_head(_line(raw[:body_at], 1), day)
        lines = cells(pa.py_buffer(raw).slice(body_at, trailer_at - body_at), ",", _COLUMNS, 2, unread)
        amount, right = fen_of_column(lines["amount"])
        lines = lines.append_column("amount_fen", amount)
        wrong = [
            (pc.invert(pc.is_in(lines["kind"], pa.array(["D", _RETURN]))), "begins with {kind!r}, expected D or R"),
            (pc.invert(pc.match_substring_regex(lines["pay_code"], "^[0-9]{20}$")), "{pay_code!r} is no pay code"),
            (pc.invert(right), "{amount!r} is no amount with two decimals"),
            (pc.equal(lines["confirmation"], ""), "the confirmation is missing"),
            (pc.equal(lines["item"], ""), "the item is missing"),
            (pc.equal(lines["query_id"], ""), "the query id is missing"),
        ]
        good = sound(lines, wrong, unread)
        _check_trailer(_line(raw[trailer_at:], raw.count(b"\n", 0, trailer_at) + 1), good, unread)
        is_return = pc.equal(good["kind"], _RETURN)
        key = pc.if_else(is_return, good["confirmation"], good["pay_code"])
        second_key = pc.if_else(is_return, good["pay_code"], good["query_id"])
        of_returns = good.filter(is_return)
        originals = dict(zip(of_returns["confirmation"].to_pylist(), of_returns["pay_code"].to_pylist(), strict=True))
        return pa.table([good["line_no"], key, second_key, good["amount_fen"], good["item"]], schema=ROWS), originals

    def _check_head(self, line: Sequence[str], day: date) -> None:
        if len(line) != 3 or line[0] != "H":
            raise UnreadableStatement(f"line 1 is not H,{self._unit},{day}", kind="F0-5", line=1)
        if line != ["H", self._unit, day.isoformat()]:
            raise UnreadableStatement(f"line 1 is not H,{self._unit},{day}", kind="F0-8", line=1)


def _line(raw: bytes, number: int) -> list[str]:
    try:
        return raw.decode("utf-8").rstrip("\r\n").split(",")
    except UnicodeDecodeError as error:
        detail = f"line {number} is not UTF-8 at its byte {error.start}"
        raise UnreadableStatement(detail, kind="F0-5", line=number) from None


def _check_trailer(line: Sequence[str], rows: pa.Table, unread: Unread) -> None:
    """Count and sum of the trailer. Where a line could not be read, its money is what the sum lacks."""
    if len(line) != 3 or line[0] != "T":
        raise UnreadableStatement("the last line is not T,count,sum: the file is cut off")
    count, summed = len(rows) + unread.count, sum_fen(rows)
    if line[1] != str(count) or (not unread.count and line[2] != plain_yuan(summed)):
        raise UnreadableStatement(
            f"the last line says {line[1]} rows of {line[2]}, the file has {count} rows of {plain_yuan(summed)}"
        )
