"""The non-tax account's statement: CSV with a head, one row a collected item, and a trailer with count and sum."""

import csv
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from io import StringIO

import httpx

from adapters.wire.answers import fen_of_yuan
from adapters.wire.download import statement
from adapters.wire.gateway import SignedGateway
from foundation import clock
from settlement.ports.statements import RawStatement, Source, Statement, StatementRow, UnreadableStatement
from settlement.regions import NonTaxConfig

_PAY_CODE = re.compile("[0-9]{20}")


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
        """Rows keyed by pay code, the channel's query id second; `account` is finance's item code."""
        try:
            lines = _lines(raw.raw)
            if not lines or lines[0] != ["H", self._unit, day.isoformat()]:
                raise UnreadableStatement(f"line 1 is not H,{self._unit},{day}", line=1)
            rows = tuple(_row(number, line) for number, line in enumerate(lines[1:-1], 2))
            _check_trailer(lines[-1], rows, len(lines))
        except UnreadableStatement as error:
            raise UnreadableStatement(f"{raw.file_name}: {error.detail}", **error.facts) from None
        return Statement(self.source, self._region, day, raw.file_name, raw.raw, rows)


def _lines(raw: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(StringIO(raw.decode("utf-8"), newline=""), strict=True))
    except UnicodeDecodeError as error:
        raise UnreadableStatement(f"not UTF-8 at byte {error.start}") from None
    except csv.Error as error:
        raise UnreadableStatement(f"not CSV: {error}") from None


def _row(number: int, line: Sequence[str]) -> StatementRow:
    if len(line) != 6 or line[0] != "D" or not _PAY_CODE.fullmatch(line[1]) or not all(line):
        raise UnreadableStatement(f"line {number} is not D,pay code,confirmation,item,amount,query id", line=number)
    _, pay_code, _, item, amount, query_id = line
    return StatementRow(number, pay_code, query_id, _fen(amount, number), item)


def _check_trailer(line: Sequence[str], rows: Sequence[StatementRow], number: int) -> None:
    if len(line) != 3 or line[0] != "T":
        raise UnreadableStatement(f"line {number} is not T,count,sum: the file is cut off", line=number)
    count, summed = str(len(rows)), sum(row.amount_fen for row in rows)
    if line[1] != count or _fen(line[2], number) != summed:
        raise UnreadableStatement(
            f"line {number} says {line[1]} rows of {line[2]}, the file has {count} rows of {summed} fen", line=number
        )


def _fen(text: str, number: int) -> int:
    try:
        return fen_of_yuan(text)
    except ValueError:
        raise UnreadableStatement(f"line {number}: {text!r} is no amount with two decimals", line=number) from None
