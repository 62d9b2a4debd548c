"""The ZM settlement file of ACP: fixed columns in bytes (GBK), a record a line.

A line is one transaction, or one sub-merchant's part of it. Amounts are fen; money in or out is told by the
transaction type, since the files do not agree on what their D and C stand for. The layouts 5.0 and 5.1 have the same
width and the same first forty columns; which one a merchant gets is configuration, since no line shows it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from adapters.unionpay.fixed_width import Batch, Layout, Mask, Numbers, is_of_merchant
from adapters.wire.unread import Unread
from settlement.ports.columns import ROWS, columns_of
from settlement.ports.statements import StatementRow

_AMOUNT, _QUERY_ID, _ORDER_ID, _TYPE, _ORIGINAL, _MERCHANT, _SUB_MERCHANT, _SUB_NAME, _SUB_AMOUNT, _OWN = (
    7, 10, 12, 20, 27, 28, 30, 31, 32, 35,
)  # fmt: skip
_NAMES = {
    _AMOUNT: "交易金额",
    _QUERY_ID: "查询流水号",
    _ORDER_ID: "商户订单号",
    _TYPE: "交易类型",
    _MERCHANT: "商户代码",
    _SUB_MERCHANT: "二级商户代码",
    _SUB_NAME: "二级商户简称",
    _SUB_AMOUNT: "二级商户分账入账金额",
    _OWN: "商户自定义域",
}
_FORTY = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15,
    32, 13, 13, 8, 32, 13, 13, 12, 2, 1,
)  # fmt: skip
LAYOUTS: Mapping[Literal["5.0", "5.1"], Layout] = {
    "5.0": Layout(*_FORTY, 131, names=_NAMES),
    "5.1": Layout(*_FORTY, 32, 98, names=_NAMES),
}

_SIGNS = np.zeros(100, dtype=np.int64)  # by transaction type: consume, bill payment; refund, undo
_SIGNS[[1, 13]] = 1
_SIGNS[[4, 31]] = -1

_LINE = ("line_no", "query_id", "order_id", "sign", "amount_fen", "sub_merchant", "sub_amount_fen")
_NO_LINES = pa.table(
    {
        name: pa.array([], pa.string() if name in {"query_id", "order_id", "sub_merchant"} else pa.int64())
        for name in _LINE
    }
)


def read_transactions(
    chunks: Iterable[bytes], layout: Layout, merchant: str, unread: Unread, originals: dict[str, str]
) -> pa.Table:
    """One row a transaction, keyed by query id, the order number second, at its first line.

    Into `originals` goes, for money that went back, the query id of the payment that it is of.

    `chunks` is the file in pieces of any size; what is held at once is a piece and the columns of the rows.
    UnreadableStatement: another merchant's file (F0-8), cut off (F0-4), another layout (F0-5).
    """
    batches = layout.batches(chunks, unread)
    # one copy of the lines at a time, and none of their pieces
    lines = pa.concat_tables([_NO_LINES, *(_lines(batch, merchant, originals) for batch in batches)]).combine_chunks()
    return _transactions(lines, unread)


def _lines(batch: Batch, merchant: str, originals: dict[str, str]) -> pa.Table:
    """The lines of a batch that are as they should be, in the columns of `_LINE`."""
    is_of_merchant(batch, _MERCHANT, merchant)
    query_id, order_id = batch.words(_QUERY_ID), batch.words(_ORDER_ID)
    sign = _SIGNS[np.minimum(batch.digits(_TYPE, 2), 99)]
    batch.refuse(sign == 0, _TYPE, "01 13 04 31")
    for place in np.flatnonzero(sign < 0):
        originals[query_id[place].as_py()] = batch.cut(_ORIGINAL)[place].tobytes().decode("ascii", "replace").strip()
    amount = batch.digits(_AMOUNT, 12)
    sub_merchant = batch.words(_SUB_MERCHANT, may_be_blank=True)
    divided = (batch.cut(_SUB_MERCHANT) != b" "[0]).any(axis=1)
    sub_amount = batch.sided_amount(_SUB_AMOUNT, divided)
    batch.refuse(sub_amount > amount, _SUB_AMOUNT, "at most the whole amount")
    batch.text(_SUB_NAME)
    batch.text(_OWN)
    columns: dict[str, pa.Array | Numbers] = {
        "query_id": query_id,
        "order_id": order_id,
        "sign": sign,
        "amount_fen": amount,
        "sub_merchant": sub_merchant,
        "sub_amount_fen": sub_amount,
    }
    return batch.sound(columns)


def _transactions(lines: pa.Table, unread: Unread) -> pa.Table:
    """Lines of one query id are one transaction.

    Whether they each carry the whole or their part is not written down anywhere, so both are read: equal amounts that
    the sub-merchants' parts sum to are the whole, anything else must sum by itself. A line that comes again for the
    same sub-merchant is not a part but a repetition, and gives a row of its own; these few are looked at one by one.
    """
    of, first = _grouped(lines["query_id"])
    amount, part, sign = (lines[name].to_numpy() for name in ("amount_fen", "sub_amount_fen", "sign"))
    count = np.bincount(of)
    whole, parts = _sums(amount, of), _sums(part, of)
    each_whole = (_sums(amount != amount[first][of], of) == 0) & (amount[first] == parts)
    unequal = (count > 1) & ~each_whole & (whole != parts)
    odd = _odd(lines, of, first)
    plain = ~unequal & ~odd
    kept = pa.array(first[plain])
    rows = pa.table(
        [
            lines["line_no"].take(kept),
            lines["query_id"].take(kept),
            lines["order_id"].take(kept),
            np.where(each_whole & (count > 1), amount[first], whole)[plain] * sign[first][plain],
            pa.repeat("", len(kept)),
        ],
        schema=ROWS,
    )
    looked_at = lines.filter(pa.array((unequal | odd)[of])).to_pylist()
    others = columns_of(_one_by_one([_Line(**line) for line in looked_at], unread))
    return pa.concat_tables([rows, others]).sort_by("line_no") if len(others) else rows


def _odd(lines: pa.Table, of: Numbers, first: Numbers) -> Mask:
    """Transactions with a line repeated for one sub-merchant, or with lines that contradict each other."""
    order, _ = _grouped(lines["order_id"])
    receiver, _ = _grouped(lines["sub_merchant"])
    sign = lines["sign"].to_numpy()
    contradicted = (order != order[first][of]) | (sign != sign[first][of])
    by_receiver = np.lexsort((receiver, of))
    repeated = np.zeros(len(of), dtype=bool)
    repeated[by_receiver[1:]] = (np.diff(of[by_receiver]) == 0) & (np.diff(receiver[by_receiver]) == 0)
    return _sums(contradicted | repeated, of) > 0


def _grouped(texts: pa.ChunkedArray) -> tuple[Numbers, Numbers]:
    """The group of each text, numbered in the order in which they first come, and where each group first comes."""
    of = texts.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    first = np.empty(of.max(initial=-1) + 1, dtype=np.int64)
    first[of[::-1]] = np.arange(len(of))[::-1]
    return of, first


def _sums(values: Numbers | Mask, of: Numbers) -> Numbers:
    """What the values of each group sum to, exactly."""
    sums = np.zeros(of.max(initial=-1) + 1, dtype=np.int64)
    np.add.at(sums, of, values.astype(np.int64))
    return sums


@dataclass(frozen=True, slots=True)
class _Line:
    """One line. Amounts in fen, without sign."""

    line_no: int
    query_id: str
    order_id: str
    sign: int
    amount_fen: int
    sub_merchant: str
    sub_amount_fen: int


def _one_by_one(lines: Sequence[_Line], unread: Unread) -> list[StatementRow]:
    together: dict[tuple[str, int], list[_Line]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        times = seen[line.query_id, line.sub_merchant]
        seen[line.query_id, line.sub_merchant] += 1
        of_one = together[line.query_id, times]
        if of_one and (line.order_id, line.sign) != (of_one[0].order_id, of_one[0].sign):
            reason = f"column {_QUERY_ID} {_NAMES[_QUERY_ID]}: {line.query_id!r}, another transaction than on line "
            unread.add(line.line_no, f"{reason}{of_one[0].line_no}", f"{line.query_id} {line.order_id}".encode())
        else:
            of_one.append(line)
    rows = (_row(of_one, unread) for of_one in together.values())
    return [row for row in rows if row is not None]


def _row(of_one: Sequence[_Line], unread: Unread) -> StatementRow | None:
    first = of_one[0]
    parts = sum(line.sub_amount_fen for line in of_one)
    whole = sum(line.amount_fen for line in of_one)
    if len(of_one) > 1 and {line.amount_fen for line in of_one} == {parts}:
        whole = parts
    elif len(of_one) > 1 and whole != parts:
        _unequal(unread, first.line_no, f"{first.query_id} {first.order_id}", whole, parts)
        return None
    return StatementRow(first.line_no, first.query_id, first.order_id, first.sign * whole)


def _unequal(unread: Unread, line_no: int, numbers: str, whole: int, parts: int) -> None:
    reason = f"column {_AMOUNT} {_NAMES[_AMOUNT]}: {whole}, expected {parts}, the sum of the sub-merchants' parts"
    unread.add(line_no, reason, numbers.encode())
