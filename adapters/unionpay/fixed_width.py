"""Lines of fixed columns, measured in bytes of GBK, with one separator between two columns.

Read in batches of many lines at once: a batch is a matrix of bytes, a column a slice of it, and a check looks at all
lines in one step. A line that fails a check is a finding with its number and leaves the batch; the others go on.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from adapters.wire.unread import Unread
from settlement.ports.statements import UnreadableStatement

Numbers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

LONGEST_LINE = 1 << 16
_LF, _CR, _BLANK, _ZERO = b"\n"[0], b"\r"[0], b" "[0], b"0"[0]
_WORD = np.zeros(256, dtype=bool)
_WORD[list(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] = True
_SIDES = np.frombuffer(b"DC", dtype=np.uint8)
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's number, counted from 1 as in the specification, its name, and where its bytes stand."""

    number: int
    name: str
    start: int
    width: int


class Layout:
    """The widths of a file's columns, and the names of those that are read."""

    def __init__(self, *widths: int, names: dict[int, str]) -> None:
        starts = tuple(accumulate((width + 1 for width in widths[:-1]), initial=0))
        self.line_bytes = starts[-1] + widths[-1]
        self.columns = {
            number: Column(number, names.get(number, ""), start, width)
            for number, (start, width) in enumerate(zip(starts, widths, strict=True), 1)
        }
        self.separators = np.array(starts[1:]) - 1

    def batches(self, chunks: Iterable[bytes], unread: Unread) -> Iterator["Batch"]:
        """Cuts a file that comes in pieces. Lines of another length go to `unread`.

        UnreadableStatement: the last line is cut off (F0-4), or this is no file of lines (F0-5).
        """
        rest, first = b"", 1
        for chunk in chunks:
            if first == 1 and not rest and chunk.startswith(_BYTE_ORDER_MARKS):
                raise UnreadableStatement("the file begins with a byte order mark: not GBK", kind="F0-5", line=1)
            whole, found, begun = chunk.rpartition(b"\n")
            if found:
                batch = self._batch(rest + whole + found, first, unread)
                first += batch.lines
                yield batch
            rest = begun if found else rest + begun
            if len(rest) > LONGEST_LINE:
                raise UnreadableStatement(f"line {first} has more than {LONGEST_LINE} bytes", kind="F0-5", line=first)
        if rest:
            if len(rest.removesuffix(b"\r")) < self.line_bytes:
                detail = f"line {first} has {len(rest)} bytes and no end, expected {self.line_bytes}: cut off"
                raise UnreadableStatement(detail, line=first)
            yield self._batch(rest + b"\n", first, unread)

    def _batch(self, block: bytes, first: int, unread: Unread) -> "Batch":
        content = np.frombuffer(block, dtype=np.uint8)
        stride = block.index(b"\n") + 1
        width = stride - 1 - (stride > 1 and block[stride - 2] == _CR)
        lines = block.count(b"\n")
        if lines * stride == len(block) and width == self.line_bytes and self._ends(content, stride, width):
            cells = content.reshape(lines, stride)[:, :width]
            return Batch(self, lines, np.arange(first, first + lines), cells, unread)
        ends = np.flatnonzero(content == _LF)
        starts = np.concatenate(([0], ends[:-1] + 1))
        lengths = ends - starts
        lengths -= (lengths > 0) & (content[ends - 1] == _CR)
        for place in np.flatnonzero((lengths != self.line_bytes) & (lengths > 0)):
            line = block[starts[place] : starts[place] + lengths[place]]
            reason = f"has {len(line)} bytes, expected {self.line_bytes}: cut off or another layout"
            unread.add(first + int(place), reason, line)
        fits = np.flatnonzero(lengths == self.line_bytes)
        if len(fits):
            cells = np.lib.stride_tricks.sliding_window_view(content, self.line_bytes)[starts[fits]]
        else:
            cells = np.empty((0, self.line_bytes), dtype=np.uint8)
        return Batch(self, lines, first + fits, cells, unread)

    def _ends(self, content: Bytes, stride: int, width: int) -> bool:
        """Whether every line ends where the first one does."""
        ends = content.reshape(-1, stride)[:, width:]
        return bool((ends == ends[0]).all())


class Batch:
    """Many lines of the right length. Each reader takes a column's number and gives its values for all lines.

    A line that a reader finds wrong is marked; `sound` drops the marked lines from what was read.
    """

    def __init__(self, layout: Layout, lines: int, numbers: Numbers, cells: Bytes, unread: Unread) -> None:
        self.lines = lines
        self.numbers = numbers
        self._cells = cells
        self._columns = layout.columns
        self._unread = unread
        self._wrong = np.zeros(len(cells), dtype=bool)
        self._mark((cells[:, layout.separators] != _BLANK).any(axis=1), lambda _: "the columns have shifted")

    def name(self, column: int) -> str:
        """What a column is called."""
        return self._columns[column].name

    @property
    def still_sound(self) -> Mask:
        """Which lines no reader has found wrong so far."""
        return ~self._wrong

    def cut(self, column: int) -> Bytes:
        """The bytes of a column, a row a line."""
        where = self._columns[column]
        return self._cells[:, where.start : where.start + where.width]

    def words(self, column: int, *, may_be_blank: bool = False) -> pa.Array:
        """Digits and letters with blanks before or after them only."""
        cut = self.cut(column)
        letters, blank = _WORD[cut], cut == _BLANK
        gaps = (blank[:, 1:] != blank[:, :-1]).sum(axis=1)
        one_word = (letters | blank).all(axis=1) & ((gaps <= 1) | ((gaps == 2) & blank[:, 0]))
        if not may_be_blank:
            one_word &= letters.any(axis=1)
        self.refuse(~one_word, column, "digits and letters")
        return pc.ascii_trim_whitespace(_strings(np.where(one_word[:, None], cut, _BLANK)))

    def digits(self, column: int, length: int) -> Numbers:
        """Exactly so many digits, which fill their column."""
        assert self._columns[column].width == length
        value, right = _number(self.cut(column))
        self.refuse(~right, column, f"{length} digits")
        return value

    def sided_amount(self, column: int, where: Mask) -> Numbers:
        """An amount X+n: D or C, then digits; looked at `where` it counts, else 0. The letter is not relied on."""
        cut = self.cut(column)
        value, right = _number(cut[:, 1:])
        right &= np.isin(cut[:, 0], _SIDES)
        self.refuse(~right & where, column, f"D or C and {cut.shape[1] - 1} digits")
        return np.where(where, value, 0)

    def amount_if_any(self, column: int) -> Numbers:
        """An amount X+n where one is written, else 0: of a column by which no line stands or falls."""
        cut = self.cut(column)
        value, right = _number(cut[:, 1:])
        return np.where(right & np.isin(cut[:, 0], _SIDES), value, 0)

    def text(self, column: int) -> None:
        """Holds a column to its encoding, with the separator after it, so that no half character spills over."""
        where = self._columns[column]
        cut = self._cells[:, where.start : where.start + where.width + 1]
        if (cut >= 0x80).any():
            try:
                np.ascontiguousarray(cut).tobytes().decode("gbk")
            except UnicodeDecodeError:
                self.refuse(np.array([not _is_gbk(one.tobytes()) for one in cut]), column, "text in GBK")

    def refuse(self, wrong: Mask, column: int, allowed: str) -> None:
        """Marks lines of which a column is not as it should be."""
        where = self._columns[column]
        cut = self.cut(column)

        def reason(place: int) -> str:
            shown = cut[place].tobytes().decode("gbk", "replace").strip()
            return f"column {column} {where.name}: {shown!r}, expected {allowed}"

        self._mark(wrong, reason)

    def sound(self, columns: dict[str, pa.Array | Numbers]) -> pa.Table:
        """What was read, without the lines that were marked, and with the number of each line first."""
        table = pa.table({"line_no": self.numbers, **columns})
        return table.filter(pa.array(~self._wrong)) if self._wrong.any() else table

    def _mark(self, wrong: Mask, reason: Callable[[int], str]) -> None:
        """Each line is reported once, for the first thing that is wrong with it."""
        for place in np.flatnonzero(wrong & ~self._wrong):
            self._unread.add(int(self.numbers[place]), reason(int(place)), self._cells[place].tobytes())
        self._wrong |= wrong


def is_of_merchant(batch: Batch, column: int, merchant: str) -> None:
    """Another merchant's number is no broken line: the file is not ours (F0-8). What is no number is a broken line."""
    shown = batch.words(column)
    foreign = batch.still_sound & pc.not_equal(shown, merchant).to_numpy(zero_copy_only=False)
    if foreign.any():
        place = int(np.flatnonzero(foreign)[0])
        line_no = int(batch.numbers[place])
        detail = f"line {line_no}, column {column} {batch.name(column)}: {shown[place].as_py()!r}, expected {merchant}"
        raise UnreadableStatement(detail, kind="F0-8", line=line_no)


def _number(cut: Bytes) -> tuple[Numbers, Mask]:
    """The decimal numbers of a column and which lines have nothing but digits there; exact, at most 18 digits."""
    assert cut.shape[1] <= 18
    digits = cut - _ZERO  # below '0' wraps to a large number
    value = np.zeros(len(cut), dtype=np.int64)
    for place in range(cut.shape[1]):
        value *= 10
        value += digits[:, place]
    return value, np.all(digits <= 9, axis=1)


def _strings(cut: Bytes) -> pa.Array:
    """Cells of ASCII as strings, without a loop over them."""
    lines, width = cut.shape
    offsets = np.arange(lines + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(lines, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(cut)))


def _is_gbk(raw: bytes) -> bool:
    try:
        raw.decode("gbk")
    except UnicodeDecodeError:
        return False
    return True
