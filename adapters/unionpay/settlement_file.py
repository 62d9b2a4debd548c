"""The ZM settlement file of ACP: fixed columns in bytes (GBK), a record a line.

A line is one transaction, or one sub-merchant's part of it. Amounts are fen; money in or out is told by the
transaction type, since the files do not agree on what their D and C stand for. The layouts 5.0 and 5.1 have the same
width and the same first forty columns; which one a merchant gets is configuration, since no line shows it.

A line of another merchant among ours keeps that number as its account, one of a test card or test merchant says so
there. In a file that is not ours most lines are another's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adapters.unionpay.fixed_width import Batch, Layout, Mask, Numbers
from adapters.wire.unread import Unread
from settlement.ports.columns import ROWS, columns_of
from settlement.ports.statements import DIVIDED_OTHERWISE, TEST, StatementRow, UnreadableStatement

_CARD, _AMOUNT, _QUERY_ID, _ORDER_ID, _TYPE, _ORIGINAL = 6, 7, 10, 12, 20, 27
_MERCHANT, _SUB_MERCHANT, _SUB_NAME, _SUB_AMOUNT, _OWN, _DISCOUNT = 28, 30, 31, 32, 35, 36
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
    _DISCOUNT: "优惠金额",
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

_LINE = ("line_no", "query_id", "order_id", "sign", "amount_fen", "sub_merchant", "sub_amount_fen", "account")
_TEXTS = {"query_id", "order_id", "sub_merchant", "account"}
_NO_LINES = pa.table({name: pa.array([], pa.string() if name in _TEXTS else pa.int64()) for name in _LINE})

_TEST_MERCHANTS = "777"  # with this the numbers of UnionPay's test environment begin (facts: channels D.4)
_SEEN_OF_A_CARD = 8
"""Digits of a card that must be legible for it to be a test card's."""


@dataclass(frozen=True, slots=True)
class Contract:
    """How the files of a merchant are written, and the cards of the channel's test environment."""

    layout: Layout
    merchant: str
    test_cards: tuple[str, ...] = ()


@dataclass(slots=True)
class Told:
    """What a file tells beside its rows, by query id: see `settlement.ports.statements.Beside`."""

    originals: dict[str, str] = field(default_factory=dict)
    discounts: dict[str, int] = field(default_factory=dict)
    part_sums: dict[str, int] = field(default_factory=dict)

    def bears(self, query_id: str, discount_fen: int) -> None:
        """A line's discount: the same on each line is the transaction's, others are parts of it."""
        before = self.discounts.get(query_id, discount_fen)
        self.discounts[query_id] = before if before == discount_fen else before + discount_fen


def read_transactions(chunks: Iterable[bytes], contract: Contract, unread: Unread, told: Told) -> pa.Table:
    """One row a transaction, keyed by query id, the order number second, at its first line.

    `chunks` is the file in pieces of any size; what is held at once is a piece and the columns of the rows.
    UnreadableStatement: another merchant's file (F0-8), cut off (F0-4), another layout (F0-5).
    """
    batches = contract.layout.batches(chunks, unread)
    # one copy of the lines at a time, and none of their pieces
    lines = pa.concat_tables([_NO_LINES, *(_lines(batch, contract, told) for batch in batches)]).combine_chunks()
    _is_ours(lines, contract.merchant)
    return _transactions(lines, unread, told)


def _is_ours(lines: pa.Table, merchant: str) -> None:
    """UnreadableStatement (F0-8) where half of the lines or more are another merchant's."""
    foreign = lines.filter(pc.invert(pc.is_in(lines["account"], pa.array(["", TEST]))))
    if 2 * len(foreign) >= max(len(lines), 1):
        first = foreign.slice(0, 1).to_pylist()[0]
        where = f"line {first['line_no']}, column {_MERCHANT} {_NAMES[_MERCHANT]}"
        detail = f"{where}: {first['account']!r}, expected {merchant}; so are {len(foreign)} of {len(lines)} lines"
        raise UnreadableStatement(detail, kind="F0-8", line=first["line_no"])


def _lines(batch: Batch, contract: Contract, told: Told) -> pa.Table:
    """The lines of a batch that are as they should be, in the columns of `_LINE`."""
    account = _accounts(batch, contract)
    query_id, order_id = batch.words(_QUERY_ID), batch.words(_ORDER_ID)
    sign = _SIGNS[np.minimum(batch.digits(_TYPE, 2), 99)]
    batch.refuse(sign == 0, _TYPE, "01 13 04 31")
    original = batch.cut(_ORIGINAL)
    for place in np.flatnonzero(original[:, 0] != b" "[0]):
        told.originals[query_id[place].as_py()] = original[place].tobytes().decode("ascii", "replace").strip()
    discount = batch.amount_if_any(_DISCOUNT)
    for place in np.flatnonzero(discount):
        told.bears(query_id[place].as_py(), int(discount[place]))
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
        "account": account,
    }
    return batch.sound(columns)


def _accounts(batch: Batch, contract: Contract) -> pa.Array:
    """What sets lines apart from the merchant's own business: nothing, another merchant's number, or a test."""
    shown = batch.words(_MERCHANT)
    foreign = batch.still_sound & pc.not_equal(shown, contract.merchant).to_numpy(zero_copy_only=False)
    test = foreign & pc.starts_with(shown, _TEST_MERCHANTS).to_numpy(zero_copy_only=False)
    card = batch.cut(_CARD)
    for one in contract.test_cards:
        same = card == np.frombuffer(one.ljust(card.shape[1]).encode(), dtype=np.uint8)
        seen = same & (card != b" "[0])
        test |= (same | (card == b"*"[0])).all(axis=1) & (seen.sum(axis=1) >= _SEEN_OF_A_CARD)
    if not foreign.any() and not test.any():
        return pa.repeat("", len(shown))
    return pc.if_else(pa.array(test), TEST, pc.if_else(pa.array(foreign), shown, ""))


def _transactions(lines: pa.Table, unread: Unread, told: Told) -> pa.Table:
    """Lines of one query id are one transaction.

    Whether they each carry the whole or their part is not written down anywhere, so both are read: equal amounts that
    the sub-merchants' parts sum to are the whole, anything else must sum by itself. A line that comes again for the
    same sub-merchant is not a part but a repetition, and gives a row of its own; these few are looked at one by one.
    A refund that names receivers whose parts are not the whole is a row of the whole, set apart.
    """
    of, first = _grouped(lines["query_id"])
    amount, part, sign = (lines[name].to_numpy() for name in ("amount_fen", "sub_amount_fen", "sign"))
    count = np.bincount(of)
    whole, parts = _sums(amount, of), _sums(part, of)
    alike = _sums(amount != amount[first][of], of) == 0
    each_whole = alike & (amount[first] == parts)
    unequal = ~each_whole & (whole != parts)
    short = unequal & (sign[first] < 0) & (parts > 0)
    odd = _odd(lines, of, first) | short | (unequal & (count > 1))
    plain = ~odd
    kept = pa.array(first[plain])
    rows = pa.table(
        [
            lines["line_no"].take(kept),
            lines["query_id"].take(kept),
            lines["order_id"].take(kept),
            np.where(each_whole & (count > 1), amount[first], whole)[plain] * sign[first][plain],
            lines["account"].take(kept),
        ],
        schema=ROWS,
    )
    looked_at = lines.filter(pa.array(odd[of])).to_pylist()
    others = columns_of(_one_by_one([_Line(**line) for line in looked_at], unread, told))
    return pa.concat_tables([rows, others]).sort_by("line_no") if len(others) else rows


def _odd(lines: pa.Table, of: Numbers, first: Numbers) -> Mask:
    """Transactions with a line repeated for one sub-merchant, or with lines that contradict each other."""
    order, _ = _grouped(lines["order_id"])
    receiver, _ = _grouped(lines["sub_merchant"])
    account, _ = _grouped(lines["account"])
    sign = lines["sign"].to_numpy()
    contradicted = (order != order[first][of]) | (sign != sign[first][of]) | (account != account[first][of])
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
    account: str


def _one_by_one(lines: Sequence[_Line], unread: Unread, told: Told) -> list[StatementRow]:
    together: dict[tuple[str, int], list[_Line]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        times = seen[line.query_id, line.sub_merchant]
        seen[line.query_id, line.sub_merchant] += 1
        of_one = together[line.query_id, times]
        if of_one and _what(line) != _what(of_one[0]):
            reason = f"column {_QUERY_ID} {_NAMES[_QUERY_ID]}: {line.query_id!r}, another transaction than on line "
            unread.add(line.line_no, f"{reason}{of_one[0].line_no}", f"{line.query_id} {line.order_id}".encode())
        else:
            of_one.append(line)
    rows = (_row(of_one, unread, told) for of_one in together.values())
    return [row for row in rows if row is not None]


def _what(line: _Line) -> tuple[str, int, str]:
    """What all lines of a transaction have in common."""
    return line.order_id, line.sign, line.account


def _row(of_one: Sequence[_Line], unread: Unread, told: Told) -> StatementRow | None:
    first = of_one[0]
    parts = sum(line.sub_amount_fen for line in of_one)
    whole = sum(line.amount_fen for line in of_one)
    amounts = {line.amount_fen for line in of_one}
    if len(of_one) > 1 and amounts == {parts}:
        whole = parts
    elif first.sign < 0 and len(amounts) == 1 and parts not in (0, whole):
        told.part_sums[first.query_id] = parts
        account = first.account or DIVIDED_OTHERWISE
        return StatementRow(first.line_no, first.query_id, first.order_id, -first.amount_fen, account)
    elif len(of_one) > 1 and whole != parts:
        _unequal(unread, first.line_no, f"{first.query_id} {first.order_id}", whole, parts)
        return None
    return StatementRow(first.line_no, first.query_id, first.order_id, first.sign * whole, first.account)


def _unequal(unread: Unread, line_no: int, numbers: str, whole: int, parts: int) -> None:
    reason = f"column {_AMOUNT} {_NAMES[_AMOUNT]}: {whole}, expected {parts}, the sum of the sub-merchants' parts"
    unread.add(line_no, reason, numbers.encode())
