"""ChinaUMS's statement: a text table of which several layouts are about, so it is read by its headings.

The one public description is old: lines with CRLF, columns parted by a tab or by │, some lines before the headings
and some after the last row. What is which heading, and which transaction types are money in or out, is configuration.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from foundation.errors import BadInput
from foundation.money import fen_of
from settlement.ports.statements import StatementRow, UnreadableStatement

_SEPARATORS = ("\t", "│")


class Table(BaseModel):
    """How one contract's statement is written: its headings, its words, and the lines after the last row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoding: str = "gbk"
    key: str = "银商订单号"
    order_id: str = "商户订单号"
    amount: str = "交易金额"
    kind: str = "交易类型"
    merchant: str = "商户号"
    signs: Mapping[str, Literal[1, -1]] = {"消费": 1, "退货": -1, "消费撤销": -1}
    lines_after: Annotated[int, Field(ge=0)] = 2
    source_id: Annotated[str, StringConstraints(pattern="^[0-9A-Z]{4}$")]

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings that must be there, in whatever order."""
        return (self.key, self.order_id, self.amount, self.kind, self.merchant)


def rows(raw: bytes, table: Table, merchant: str) -> tuple[StatementRow, ...]:
    """Rows keyed by ChinaUMS's order number, ours second. UnreadableStatement names the line and what is wrong."""
    lines = _text(raw, table.encoding).removesuffix("\n").split("\n")
    for above, line in enumerate(lines):
        for separator in _SEPARATORS:
            headings = _cells(line, separator)
            if set(table.headings) <= set(headings):
                cells = [_cells(below, separator) for below in lines[above + 1 :]]
                return _rows(cells, above + 2, headings, table, merchant)
    raise UnreadableStatement(f"no line has the headings {', '.join(table.headings)}")


def _rows(
    cells: Sequence[Sequence[str]], first: int, headings: Sequence[str], table: Table, merchant: str
) -> tuple[StatementRow, ...]:
    end = len(cells) - table.lines_after
    if end < 0 or any(len(line) == len(headings) for line in cells[end:]):
        raise _wrong(first + len(cells) - 1, f"the {table.lines_after} lines after the last row are missing: cut off")
    return tuple(_row(first + place, line, headings, table, merchant) for place, line in enumerate(cells[:end]))


def _row(number: int, cells: Sequence[str], headings: Sequence[str], table: Table, merchant: str) -> StatementRow:
    if len(cells) != len(headings):
        raise _wrong(number, f"{len(cells)} columns, the headings are {len(headings)}")
    named = dict(zip(headings, cells, strict=True))
    if named[table.merchant] != merchant:
        raise _wrong(number, f"{table.merchant} is {named[table.merchant]!r}, ours is {merchant}")
    if named[table.kind] not in table.signs:
        raise _wrong(number, f"{table.kind} is {named[table.kind]!r}, known are {', '.join(table.signs)}")
    if not named[table.key]:
        raise _wrong(number, f"{table.key} is empty")
    try:
        fen = fen_of(named[table.amount], table.amount)
    except BadInput as error:
        raise _wrong(number, error.detail) from None
    order_id = named[table.order_id].removeprefix(table.source_id)
    return StatementRow(number, named[table.key], order_id, table.signs[named[table.kind]] * abs(fen))


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in line.removesuffix("\r").split(separator)]


def _text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableStatement(f"not {encoding} at byte {error.start}") from None


def _wrong(number: int, what: str) -> UnreadableStatement:
    return UnreadableStatement(f"line {number}: {what}", line=number)
