"""A table of text by its headings: block by block to the columns of a statement, then held against its last lines."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from adapters.wire.amounts import fen_of_loose_column
from adapters.wire.text_lines import cells, sound
from adapters.wire.text_stream import TextStream
from adapters.wire.unread import Unread
from foundation.errors import BadInput
from foundation.money import fen_of, yuan
from settlement.ports.columns import ROWS
from settlement.ports.statements import FEE, Balances, Source, UnreadableStatement
from settlement.statement_files import Kind, TextTable

_HEADINGS_WITHIN = 50
_SEPARATOR = "\x1f"  # no value has it; some values have a tab
_Differs = Callable[[pa.ChunkedArray, str], pa.ChunkedArray]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose statement it must be, and of which day."""

    source: Source
    merchant: str
    day: date


@dataclass(frozen=True, slots=True)
class Read:
    """The rows in the columns of a statement; by number what somebody else than the payer bore, in fen; balances."""

    rows: pa.Table
    discounts: Mapping[str, int]
    balances: Balances | None


def read_table(chunks: Iterable[bytes], table: TextTable, wanted: Wanted, unread: Unread) -> Read:
    """Reads a table that comes in pieces of any size.

    Held at once are a piece, the lines that may end the file, and the columns of the rows. A line that cannot be read
    goes to `unread`. UnreadableStatement: cut off (F0-4), another layout (F0-5), another's or of another day (F0-8).
    """
    return _Sheet(TextStream(chunks, table.encoding), table, wanted).read(unread)


class _Sheet:
    """What stands above the headings, the headings, the rows block by block, and what comes after them.

    A channel's row of another merchant among ours keeps that number as its account; of other sources, and where half
    of the rows or more are another's, the file is not the one that is wanted.
    """

    def __init__(self, stream: TextStream, table: TextTable, wanted: Wanted) -> None:
        self._stream = stream
        self._table = table
        self._wanted = wanted
        beginning = stream.first(_HEADINGS_WITHIN)
        place, self._separator, self._headings = self._find(beginning)
        self._check_above("\n".join(beginning[:place]))
        stream.skip(place + 1)
        self._count = self._ours = self._good = 0
        self._foreign: UnreadableStatement | None = None
        self._sums: Counter[str] = Counter()

    def read(self, unread: Unread) -> Read:
        """All rows, checked one by one and together."""
        rows, discounts = [ROWS.empty_table()], dict[str, int]()
        last = 0 if self._table.remark else self._table.lines_after
        for first, block in self._stream.blocks(last, self._table.remark):
            self._read(first, block, unread, rows, discounts)
        first, lines = self._stream.rest()
        end = len(lines) - self._after(lines)
        if end < 0:
            raise UnreadableStatement("the lines after the last row are missing: cut off")
        below = lines[end:]
        self._check_below(below)
        self._read(first, "\n".join(lines[:end]), unread, rows, discounts)
        if self._foreign and 2 * self._ours <= self._count:
            raise self._foreign
        return Read(pa.concat_tables(rows), discounts, self._check_totals(below, unread))

    def _read(self, first: int, block: str, unread: Unread, rows: list[pa.Table], discounts: dict[str, int]) -> None:
        """The rows of a block, put beside those before."""
        found = self._cells(first, block, unread)
        self._count += len(found)
        self._check_merchant(found)
        if self._table.day and (strange := self._strange(found, self._table.day, _does_not_begin, self._day)):
            raise strange
        good, amounts = self._sound(found, unread)
        self._good += len(good)
        for heading, fen in amounts.items():
            self._sums[heading] += int(pc.sum(fen).as_py() or 0)
        rows.append(self._of_kinds(good, amounts))
        discounts |= self._discounts(good)

    @property
    def _day(self) -> str:
        return f"{self._wanted.day:{self._table.day_form}}"

    def _check_above(self, above: str) -> None:
        for form in self._table.above:
            wanted = form.format(merchant=self._wanted.merchant, day=self._wanted.day)
            if wanted not in above:
                raise UnreadableStatement(f"{wanted} is not in the lines above the headings", kind="F0-8")

    def _find(self, lines: Sequence[str]) -> tuple[int, str, list[str]]:
        wanted = self._table.headings
        for place, line in enumerate(lines[:_HEADINGS_WITHIN]):
            for separator in self._table.separators:
                headings = [cell.strip().strip(self._table.prefix or None) for cell in line.split(separator)]
                if wanted <= set(headings):
                    return place, separator, headings
        raise UnreadableStatement(f"no line has the headings {', '.join(sorted(wanted))}", kind="F0-5")

    def _after(self, lines: Sequence[str]) -> int:
        """How many lines come after the last row. UnreadableStatement where they must and do not."""
        if not self._table.remark:
            return self._table.lines_after
        remarks = 0
        while remarks < len(lines) and lines[-1 - remarks].startswith(self._table.remark):
            remarks += 1
        if not remarks:
            raise UnreadableStatement(f"no line beginning with {self._table.remark} ends the file: cut off")
        return remarks

    def _check_below(self, below: Sequence[str]) -> None:
        """Where a row stands among the last lines, these are missing."""
        for line in below:
            if not self._table.remark and len(line.split(self._separator)) == len(self._headings):
                raise UnreadableStatement(f"the {len(below)} lines after the last row are missing: cut off")

    def _cells(self, first: int, block: str, unread: Unread) -> pa.Table:
        body = block.replace(self._separator, _SEPARATOR).encode()
        wanted = self._table.headings | (self._table.may_be_missing & set(self._headings))
        places = {self._headings.index(name): name for name in wanted}
        names = [places.get(place, f" {place}") for place in range(len(self._headings))]
        found = cells(pa.py_buffer(body), _SEPARATOR, names, first, unread)
        trimmed = {name: pc.utf8_trim_whitespace(found[name]) for name in wanted}
        if self._table.prefix:
            trimmed = {name: pc.utf8_ltrim(of, self._table.prefix) for name, of in trimmed.items()}
        return pa.table({"line_no": found["line_no"], **trimmed})

    def _check_merchant(self, found: pa.Table) -> None:
        heading, merchant = self._table.merchant, self._wanted.merchant
        if not heading:
            return
        self._ours += int(pc.sum(pc.equal(found[heading], merchant)).as_py() or 0)
        self._foreign = self._foreign or self._strange(found, heading, pc.not_equal, merchant)
        if self._foreign and self._wanted.source is not Source.channel:
            raise self._foreign

    def _strange(self, found: pa.Table, heading: str, differs: _Differs, wanted: str) -> UnreadableStatement | None:
        """Rows of another merchant or day are no broken lines: the file is not the one that is wanted."""
        other = found.filter(pc.and_(differs(found[heading], wanted), pc.not_equal(found[heading], "")))
        if not len(other):
            return None
        row = other.slice(0, 1).to_pylist()[0]
        detail = f"line {row['line_no']}: {heading} is {row[heading]!r}, expected {wanted}"
        return UnreadableStatement(detail, kind="F0-8", line=row["line_no"])

    def _sound(self, found: pa.Table, unread: Unread) -> tuple[pa.Table, dict[str, pa.Array]]:
        table = self._table
        kind = found[table.kind]
        known = ", ".join(table.kinds)
        unknown = pc.invert(pc.is_in(kind, pa.array(list(table.kinds))))
        wrong = [(unknown, f"{table.kind} is {{{table.kind}!r}}, known are {known}")]
        for name, of in table.kinds.items():
            this = pc.equal(kind, name)
            for heading in {of.key, of.order_id}:
                wrong.append((pc.and_(this, pc.equal(found[heading], "")), f"{heading} is empty"))
            for heading in {of.amount, of.fee} - {""}:
                _, right = fen_of_loose_column(found[heading])
                wrong.append((pc.and_(this, pc.invert(right)), f"{heading} is {{{heading}!r}}, no amount in yuan"))
        for heading in {table.merchant, table.day} - {""}:
            wrong.append((pc.equal(found[heading], ""), f"{heading} is empty"))
        good = sound(found, wrong, unread)
        summed = set(table.totals.sums.values()) if table.totals else set()
        headings = ({name for of in table.kinds.values() for name in (of.amount, of.fee)} | summed) - {""}
        return good, {name: fen_of_loose_column(good[name])[0] for name in headings}

    def _discounts(self, good: pa.Table) -> Mapping[str, int]:
        """What somebody else than the payer bore of each row, in fen."""
        found: dict[str, int] = {}
        for name, of in self._table.kinds.items():
            if of.discount in good.column_names:
                rows = good.filter(pc.equal(good[self._table.kind], name))
                fen, _ = fen_of_loose_column(rows[of.discount])
                borne = zip(rows[of.key].to_pylist(), pc.abs(fen).to_pylist(), strict=True)
                found |= {key: one for key, one in borne if one}
        return found

    def _of_kinds(self, good: pa.Table, amounts: dict[str, pa.Array]) -> pa.Table:
        parts = []
        for name, of in self._table.kinds.items():
            this = pc.equal(good[self._table.kind], name)
            rows = good.filter(this)
            order_id = rows[of.order_id]
            if self._table.order_prefix:
                order_id = pc.replace_substring_regex(order_id, f"^{self._table.order_prefix}", "")
            whole = pc.abs(amounts[of.amount].filter(this))
            numbers = pa.table({"line_no": rows["line_no"], "key": rows[of.key], "order_id": order_id})
            if of.fee:
                kept = pc.abs(amounts[of.fee].filter(this))
                whole = pc.add(whole, kept)
                parts.append(_fees(numbers, pc.multiply(kept, -of.sign)))
            fen = pc.multiply(whole, of.sign)
            account = self._account(rows, of)
            parts.append(pa.table([*numbers.columns, fen, account], schema=ROWS))
        return pa.concat_tables(parts).sort_by("line_no")

    def _account(self, rows: pa.Table, of: Kind) -> pa.Array:
        """Where the money of rows went; of those of another merchant, that number."""
        account = rows[self._table.account] if self._table.account else pa.repeat(of.account, len(rows))
        if not self._table.merchant:
            return account
        number = rows[self._table.merchant]
        return pc.if_else(pc.equal(number, self._wanted.merchant), account, number)

    def _check_totals(self, below: Sequence[str], unread: Unread) -> Balances | None:
        """What the last lines say of all rows. Where a line could not be read, its money is what they say more."""
        totals = self._table.totals
        if totals is None:
            return None
        if len(below) < 2:
            raise UnreadableStatement("the line of totals is missing: cut off")
        said = dict(zip(*(self._split(line) for line in below[-2:]), strict=False))
        if not totals.headings <= said.keys():
            raise UnreadableStatement(f"the last lines are no totals with {totals.count}", kind="F0-5")
        if said[totals.count] != str(self._good + unread.count):
            detail = f"{totals.count} says {said[totals.count]}, the file has {self._good + unread.count} rows"
            raise UnreadableStatement(detail)
        for heading, column in totals.sums.items():
            fen = self._sums[column]
            if not unread.count and _fen(said[heading]) != fen:
                raise UnreadableStatement(f"{heading} says {said[heading]}, {column} sums to {yuan(fen)}")
        if not totals.opening:
            return None
        return Balances(_balance(said, totals.opening), _balance(said, totals.closing))

    def _split(self, line: str) -> list[str]:
        return [cell.strip().strip(self._table.prefix or None) for cell in line.split(self._separator)]


def _fees(numbers: pa.Table, fen: pa.Array) -> pa.Table:
    """What was kept back of rows, as rows of its own under the same numbers."""
    fees = pa.table([*numbers.columns, fen, pa.repeat(FEE, len(numbers))], schema=ROWS)
    return fees.filter(pc.not_equal(fen, 0))


def _does_not_begin(texts: pa.ChunkedArray, beginning: str) -> pa.ChunkedArray:
    return pc.invert(pc.starts_with(texts, beginning))


def _balance(said: Mapping[str, str], heading: str) -> int:
    fen = _fen(said[heading])
    if fen is None:
        raise UnreadableStatement(f"{heading} is {said[heading]!r}, no amount in yuan", kind="F0-5")
    return fen


def _fen(text: str) -> int | None:
    try:
        return fen_of(text)
    except BadInput:
        return None
