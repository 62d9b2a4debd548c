"""The ZM settlement file of ACP: fixed columns in bytes (GBK), a record a line.

A line is one transaction, or one sub-merchant's part of it. Amounts are fen; money in or out is told by the
transaction type, since the files do not agree on what their D and C stand for. The layouts 5.0 and 5.1 have the same
width and the same first forty columns; which one a merchant gets is configuration, since no line shows it.

In a file that is not ours most lines are another merchant's.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from adapters.unionpay.fixed_width import Mask, Numbers
from adapters.unionpay.settlement_lines import AMOUNT, MERCHANT, NAMES, NO_LINES, QUERY_ID, Contract, Told, lines_of
from adapters.wire.unread import Unread
from settlement.ports.columns import ROWS, columns_of
from settlement.ports.statements import DIVIDED_OTHERWISE, TEST, StatementRow, UnreadableStatement

_STRETCH = 100_000
"""Lines that are put together to transactions at once."""
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
"""Odd numbers by which the words of a query id are multiplied; what matters is only that their bits are mixed."""


def read_transactions(chunks: Iterable[bytes], contract: Contract, unread: Unread, told: Told) -> pa.Table:
    """One row a transaction, keyed by query id, the order number second, at its first line.

    `chunks` is the file in pieces of any size. Held at once are a piece, a stretch of lines and the columns of the
    rows. Where lines of one transaction stand far apart, which no file has shown, `chunks` is read a second time and
    all lines are held at once.
    UnreadableStatement: another merchant's file (F0-8), cut off (F0-4), another layout (F0-5).
    """
    for stretch in (_STRETCH, None):
        broken, beside = Unread(), Told()
        lines = _Lines(contract, stretch)
        rows = [_transactions(part, broken, beside) for part in lines.stretches(chunks, broken, beside)]
        if lines.stand_together():
            break
    lines.must_be_ours()
    unread.join(broken)
    told.join(beside)
    return pa.concat_tables([ROWS.empty_table(), *rows])


class _Lines:
    """The lines of a file in stretches of so many (or all), none of which ends among the lines of a transaction."""

    def __init__(self, contract: Contract, stretch: int | None) -> None:
        self._contract = contract
        self._stretch = stretch
        self._marks: list[npt.NDArray[np.uint64]] = []
        self._count = self._foreign = 0
        self._first_foreign: dict[str, Any] = {}

    def stretches(self, chunks: Iterable[bytes], unread: Unread, told: Told) -> Iterator[pa.Table]:
        """Stretch by stretch, in the columns of `lines_of`."""
        waiting = NO_LINES
        for batch in self._contract.layout.batches(chunks, unread):
            lines = lines_of(batch, self._contract, told)
            self._whose(lines)
            waiting = pa.concat_tables([waiting, lines])
            if self._stretch and len(waiting) >= self._stretch:
                end = _last_begins(waiting["query_id"])
                yield self._marked(waiting.slice(0, end).combine_chunks())
                waiting = waiting.slice(end).combine_chunks()
        yield self._marked(waiting.combine_chunks())

    def stand_together(self) -> bool:
        """Whether no transaction has lines in two stretches; of a few in 2**64 files it says so wrongly, at no harm."""
        marks = np.concatenate(self._marks)
        return len(np.unique(marks)) == len(marks)

    def must_be_ours(self) -> None:
        """UnreadableStatement (F0-8) where half of the lines or more are another merchant's."""
        if 2 * self._foreign >= max(self._count, 1):
            first = self._first_foreign
            where = f"line {first['line_no']}, column {MERCHANT} {NAMES[MERCHANT]}"
            expected = f"expected {self._contract.merchant}; so are {self._foreign} of {self._count} lines"
            detail = f"{where}: {first['account']!r}, {expected}"
            raise UnreadableStatement(detail, kind="F0-8", line=first["line_no"])

    def _whose(self, lines: pa.Table) -> None:
        foreign = lines.filter(pc.invert(pc.is_in(lines["account"], pa.array(["", TEST]))))
        if len(foreign) and not self._first_foreign:
            self._first_foreign = foreign.slice(0, 1).to_pylist()[0]
        self._count += len(lines)
        self._foreign += len(foreign)

    def _marked(self, lines: pa.Table) -> pa.Table:
        """Remembers whose lines these are, by a number of 64 bits for each transaction."""
        names = pc.ascii_rpad(pc.unique(lines["query_id"]), 8 * len(_MIX))  # so that each is three whole words
        words = np.frombuffer(names.buffers()[2], dtype=np.uint64, count=len(names) * len(_MIX))
        self._marks.append(words.reshape(-1, len(_MIX)) @ _MIX)
        return lines


def _last_begins(query_ids: pa.ChunkedArray) -> int:
    """From where on only the last line's transaction has lines."""
    others = np.flatnonzero(pc.not_equal(query_ids, query_ids[-1]).to_numpy())
    return int(others[-1]) + 1 if len(others) else 0


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
            reason = f"column {QUERY_ID} {NAMES[QUERY_ID]}: {line.query_id!r}, another transaction than on line "
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
    reason = f"column {AMOUNT} {NAMES[AMOUNT]}: {whole}, expected {parts}, the sum of the sub-merchants' parts"
    unread.add(line_no, reason, numbers.encode())
