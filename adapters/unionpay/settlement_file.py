"""The ZM settlement file of ACP: fixed columns in bytes (GBK), a record a line.

A line is one transaction, or one sub-merchant's part of it. Amounts are fen; money in or out is told by the
transaction type, since the files do not agree on what their D and C stand for. The layouts 5.0 and 5.1 share their
first forty columns and their width; nothing beyond those forty is read, so both are understood.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adapters.unionpay.fixed_width import Layout, Line, wrong_column
from settlement.ports.statements import StatementRow

ZM = Layout(
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15,
    32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 131,
)  # fmt: skip

_MONEY_IN = {"01", "13"}
_MONEY_OUT = {"04", "31"}


@dataclass(frozen=True, slots=True)
class Record:
    """One line: what reconciliation needs of its columns. Amounts in fen, without sign."""

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
    return map(_record, ZM.lines(lines))


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
            raise wrong_column(record.line_no, 28, "商户代码", record.merchant, merchant)
        times = seen[record.query_id, record.sub_merchant]
        seen[record.query_id, record.sub_merchant] += 1
        together[record.query_id, times].append(record)
    return tuple(_row(of_one) for of_one in together.values())


def _row(of_one: list[Record]) -> StatementRow:
    first = of_one[0]
    for record in of_one[1:]:
        if (record.order_id, record.txn_type) != (first.order_id, first.txn_type):
            allowed = f"as on line {first.line_no}, or another"
            raise wrong_column(record.line_no, 10, "查询流水号", record.query_id, allowed)
    return StatementRow(first.line_no, first.query_id, first.order_id, first.sign * _amount(of_one))


def _amount(of_one: list[Record]) -> int:
    first = of_one[0]
    if len(of_one) == 1:
        if first.sub_amount_fen > first.amount_fen:
            raise wrong_column(
                first.line_no, 32, "二级商户分账入账金额", first.sub_amount_fen, f"at most {first.amount_fen}"
            )
        return first.amount_fen
    parts = sum(record.sub_amount_fen for record in of_one)
    whole = sum(record.amount_fen for record in of_one)
    if {record.amount_fen for record in of_one} == {parts}:
        return parts
    if whole != parts:
        raise wrong_column(first.line_no, 7, "交易金额", whole, f"{parts}, the sum of the sub-merchants' parts")
    return whole


def _record(line: Line) -> Record:
    txn_type = line.digits(20, "交易类型", 2)
    if txn_type not in _MONEY_IN | _MONEY_OUT:
        raise line.wrong(20, "交易类型", txn_type, " ".join(sorted(_MONEY_IN | _MONEY_OUT)))
    sub_merchant = line.text(30, "二级商户代码")
    return Record(
        line.number,
        line.word(10, "查询流水号"),
        line.word(12, "商户订单号"),
        int(line.digits(7, "交易金额", 12)),
        txn_type,
        line.word(28, "商户代码"),
        sub_merchant,
        line.sided_amount(32, "二级商户分账入账金额") if sub_merchant else 0,
    )
