"""Lines of text with separators, read to columns of strings by Arrow's reader. Broken lines are findings."""

import codecs
from collections.abc import Sequence
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from adapters.wire.unread import LONGEST_KEPT, MOST_UNREAD, Unread
from settlement.ports.statements import UnreadableStatement

_PIECE = 4 << 20


def cells(body: pa.Buffer, separator: str, names: Sequence[str], first: int, unread: Unread) -> pa.Table:
    """The cells of UTF-8 lines, as strings, under the given names, with the number of each line as `line_no`.

    `first` is the number of the body's first line. A line with another number of cells goes to `unread`. There is no
    quoting: a separator inside a value breaks its line. UnreadableStatement (F0-5): not UTF-8, or no text of lines.
    """
    if not body.size:
        return pa.table({"line_no": pa.array([], pa.int64()), **{name: pa.array([], pa.string()) for name in names}})
    _hold_to_utf8(body)
    broken: list[tuple[int, str, bytes]] = []

    def keep(row: pacsv.InvalidRow) -> str:  # must not raise: Arrow would only print it
        blank = not row.text.strip()
        reason = "" if blank else f"has {row.actual_columns} columns, expected {row.expected_columns}"
        broken.append((row.number - 1, reason, row.text[:LONGEST_KEPT].encode()))
        return "skip" if len(broken) <= MOST_UNREAD else "error"

    try:
        found = pacsv.read_csv(
            pa.BufferReader(body),
            pacsv.ReadOptions(use_threads=False, column_names=list(names), block_size=_PIECE),
            pacsv.ParseOptions(
                delimiter=separator, quote_char=False, ignore_empty_lines=False, invalid_row_handler=keep
            ),
            pacsv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False, null_values=[]
            ),
        )
    except pa.ArrowInvalid as error:
        raise UnreadableStatement(f"no lines of text: {error}", kind="F0-5") from None
    for place, reason, raw in broken:
        if reason:
            unread.add(first + place, reason, raw)
    numbers = np.delete(np.arange(len(found) + len(broken)), [place for place, _, _ in broken]) + first
    found = found.add_column(0, "line_no", pa.array(numbers))
    blank = reduce(pc.and_, (pc.equal(found[name], "") for name in names))
    return found.filter(pc.invert(blank))


def _hold_to_utf8(body: pa.Buffer) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, body.size, _PIECE):
            decoder.decode(memoryview(body)[start : start + _PIECE], final=start + _PIECE >= body.size)
    except UnicodeDecodeError as error:
        raise UnreadableStatement(f"not UTF-8: {error.reason}", kind="F0-5") from None


def sound(table: pa.Table, wrong: Sequence[tuple[pa.ChunkedArray, str]], unread: Unread) -> pa.Table:
    """The rows of which nothing is wrong. Each mask comes with the reason for which its rows go to `unread`."""
    left = np.ones(len(table), dtype=bool)
    for mask, reason in wrong:
        for place in np.flatnonzero(left & mask.to_numpy()):
            row = table.slice(int(place), 1).to_pylist()[0]
            line_no = row.pop("line_no")
            unread.add(line_no, reason.format(**row), "\t".join(map(str, row.values())).encode())
        left &= ~mask.to_numpy()
    return table if left.all() else table.filter(pa.array(left))
