"""The ZM settlement file of ACP 5.1: fixed columns in bytes (GBK), one separator between them, a record a line.

A line is one transaction, or one sub-merchant's part of it. Amounts are fen; money in or out is told by the
transaction type, since the files do not agree on what their D and C stand for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from settlement.ports.statements import StatementRow, UnreadableStatement

_WIDTHS = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15,
    32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 32, 98,
)  # fmt: skip
_STARTS = tuple(accumulate((width + 1 for width in _WIDTHS[:-1]), initial=0))
LINE_BYTES = _STARTS[-1] + _WIDTHS[-1]

_MONEY_IN = {"01", "13"}
_MONEY_OUT = {"04", "31"}


@dataclass(frozen=True, slots=True)
class Record:
    """One line: what reconciliation needs of its 42 columns. Amounts in fen, without sign."""

    line_no: int
    query_id: str
    order_id: str
    amount_fen: int
    txn_type: str
    merchant: str
    sub_merchant: str
    sub_amount_fen: int

    @property
    def sign(self) -> int:
        """1 for money in, -1 for money out."""
        return 1 if self.txn_type in _MONEY_IN else -1


def records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Reads lines with their CRLF. UnreadableStatement names the line and the column that is not as it should be."""
    for line_no, line in enumerate(lines, 1):
        yield _record(line_no, line)


def rows(found: Iterable[Record], merchant: str) -> tuple[StatementRow, ...]:
    """One row a transaction, keyed by query id, at its first line.

    Whether the lines of one transaction each carry the whole or their part is not written down anywhere, so both
    are read: equal amounts that the sub-merchants' parts sum to are the whole, anything else must sum by itself.
    A line that comes again for the same sub-merchant is not a part but a repetition, and gives a row of its own.
    """
    together: dict[tuple[str, int], list[Record]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for record in found:
        if record.merchant != merchant:
            raise _wrong(record.line_no, "28 商户代码", record.merchant, merchant)
        times = seen[record.query_id, record.sub_merchant]
        seen[record.query_id, record.sub_merchant] += 1
        together[record.query_id, times].append(record)
    return tuple(_row(of_one) for of_one in together.values())


def _row(of_one: list[Record]) -> StatementRow:
    first = of_one[0]
    for record in of_one[1:]:
        if (record.order_id, record.txn_type) != (first.order_id, first.txn_type):
            raise _wrong(record.line_no, "10 查询流水号", record.query_id, f"as on line {first.line_no}, or another")
    return StatementRow(first.line_no, first.query_id, first.order_id, first.sign * _amount(of_one))


def _amount(of_one: list[Record]) -> int:
    first = of_one[0]
    if len(of_one) == 1:
        if first.sub_merchant and first.sub_amount_fen > first.amount_fen:
            raise _wrong(first.line_no, "32 分账入账金额", first.sub_amount_fen, f"at most {first.amount_fen}")
        return first.amount_fen
    parts = sum(record.sub_amount_fen for record in of_one)
    whole = sum(record.amount_fen for record in of_one)
    if {record.amount_fen for record in of_one} == {parts}:
        return parts
    if whole != parts:
        raise _wrong(first.line_no, "7 交易金额", whole, f"{parts}, the sum of the sub-merchants' parts")
    return whole


def _record(line_no: int, line: bytes) -> Record:
    content = line.removesuffix(b"\n").removesuffix(b"\r")
    if len(content) != LINE_BYTES:
        raise UnreadableStatement(
            f"line {line_no} has {len(content)} bytes, expected {LINE_BYTES}: cut off or another layout", line=line_no
        )
    separators = {content[start - 1 : start] for start in _STARTS[1:]}
    if separators != {b" "}:
        raise UnreadableStatement(f"line {line_no}: the columns have shifted", line=line_no)
    columns = _Columns(line_no, content)
    txn_type = columns.digits(20, "交易类型", 2)
    if txn_type not in _MONEY_IN | _MONEY_OUT:
        raise _wrong(line_no, "20 交易类型", txn_type, " ".join(sorted(_MONEY_IN | _MONEY_OUT)))
    sub_merchant = columns.text(30, "二级商户代码")
    return Record(
        line_no,
        columns.word(10, "查询流水号"),
        columns.word(12, "商户订单号"),
        int(columns.digits(7, "交易金额", 12)),
        txn_type,
        columns.word(28, "商户代码"),
        sub_merchant,
        columns.signed(32, "二级商户分账入账金额") if sub_merchant else 0,
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """One line's columns by their number in the specification, counted from 1."""

    line_no: int
    content: bytes

    def text(self, number: int, name: str) -> str:
        start = _STARTS[number - 1]
        cut = self.content[start : start + _WIDTHS[number - 1]]
        try:
            return cut.decode("gbk").strip()
        except UnicodeDecodeError:
            raise _wrong(self.line_no, f"{number} {name}", cut, "text in GBK") from None

    def word(self, number: int, name: str) -> str:
        text = self.text(number, name)
        if not (text.isascii() and text.isalnum()):
            raise _wrong(self.line_no, f"{number} {name}", text, "digits and letters")
        return text

    def digits(self, number: int, name: str, length: int) -> str:
        text = self.text(number, name)
        if not (text.isascii() and text.isdigit() and len(text) == length):
            raise _wrong(self.line_no, f"{number} {name}", text, f"{length} digits")
        return text

    def signed(self, number: int, name: str) -> int:
        """An amount X+n12: D or C, then twelve digits. Which letter is which side is not relied on."""
        text = self.text(number, name)
        if not (len(text) == 13 and text[0] in "DC" and text.isascii() and text[1:].isdigit()):
            raise _wrong(self.line_no, f"{number} {name}", text, "D or C and 12 digits")
        return int(text[1:])


def _wrong(line_no: int, column: str, value: object, allowed: str) -> UnreadableStatement:
    return UnreadableStatement(f"line {line_no}, column {column}: {value!r}, expected {allowed}", line=line_no)
