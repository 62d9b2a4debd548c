"""Statements that are tables of text, read by their headings as the region's configuration describes them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from adapters.wire import archive
from adapters.wire.amounts import fen_of_loose_column
from adapters.wire.text_lines import cells, sound
from adapters.wire.unread import Unread
from foundation.errors import BadInput
from foundation.money import fen_of, yuan
from settlement.ports.columns import ROWS
from settlement.ports.statements import FEE, Balances, Beside, RawStatement, Source, Statement, UnreadableStatement
from settlement.statement_files import Kind, TextTable

_HEADINGS_WITHIN = 50
_SEPARATOR = "\x1f"  # no value has it; some values have a tab
_Differs = Callable[[pa.ChunkedArray, str], pa.ChunkedArray]


class TableReader:
    """Reads the statements of one source that are written as one table of text."""

    def __init__(self, source: Source, region: str, table: TextTable, merchant: str) -> None:
        self.source = source
        self._region = region
        self._table = table
        self._merchant = merchant

    def parse(self, raw: RawStatement, day: date) -> Statement:
        """Checks and reads a statement. UnreadableStatement names the line and what is wrong."""
        unread = Unread()
        try:
            text = _text(_unpacked(raw.raw, self._table.zipped), self._table.encoding)
            sheet = _Sheet(text, self._table)
            rows, discounts = sheet.read(self._merchant, day, unread, self.source)
            left = unread.among(len(rows))
        except UnreadableStatement as error:
            raise error.within(raw.file_name) from None
        beside = Beside(discounts=discounts)
        return Statement(
            self.source, self._region, day, raw.file_name, raw.raw, rows, left, beside=beside, balances=sheet.balances
        )


class _Sheet:
    """The text cut into what stands above the headings, the headings, the rows, and what comes after them."""

    def __init__(self, text: str, table: TextTable) -> None:
        self._table = table
        lines = text.split("\n")
        while lines and not lines[-1].strip():
            lines.pop()
        place, self._separator, self._headings = self._find(lines)
        end = len(lines) - self._after(lines)
        if end <= place:
            raise UnreadableStatement("the lines after the last row are missing: cut off")
        self._above, self._rows, self._below = lines[:place], lines[place + 1 : end], lines[end:]
        self._first = place + 2
        self.balances: Balances | None = None

    def read(self, merchant: str, day: date, unread: Unread, source: Source) -> tuple[pa.Table, Mapping[str, int]]:
        """The rows in the columns of a statement, and by number what was borne by somebody else than the payer.

        A channel's row of another merchant among ours keeps that number as its account; of other sources, and where
        half of the rows or more are another's, the file is not the one that is wanted.
        """
        above = "\n".join(self._above)
        for form in self._table.above:
            if (wanted := form.format(merchant=merchant, day=day)) not in above:
                raise UnreadableStatement(f"{wanted} is not in the lines above the headings", kind="F0-8")
        found = self._cells(unread)
        ours = found.filter(pc.equal(found[self._table.merchant], merchant)) if self._table.merchant else found
        if source is not Source.channel or 2 * len(ours) <= len(found):
            self._is_of(found, self._table.merchant, pc.not_equal, merchant)
        if self._table.day:
            self._is_of(found, self._table.day, _does_not_begin, f"{day:{self._table.day_form}}")
        good, amounts = self._sound(found, unread)
        self._check_totals(good, amounts, unread)
        return self._of_kinds(good, amounts, merchant), self._discounts(good)

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

    def _cells(self, unread: Unread) -> pa.Table:
        for line in self._below:
            if not self._table.remark and len(line.split(self._separator)) == len(self._headings):
                raise UnreadableStatement(f"the {len(self._below)} lines after the last row are missing: cut off")
        body = "\n".join(self._rows).replace(self._separator, _SEPARATOR).encode()
        wanted = self._table.headings | (self._table.may_be_missing & set(self._headings))
        places = {self._headings.index(name): name for name in wanted}
        names = [places.get(place, f" {place}") for place in range(len(self._headings))]
        found = cells(pa.py_buffer(body), _SEPARATOR, names, self._first, unread)
        trimmed = {name: pc.utf8_trim_whitespace(found[name]) for name in wanted}
        if self._table.prefix:
            trimmed = {name: pc.utf8_ltrim(of, self._table.prefix) for name, of in trimmed.items()}
        return pa.table({"line_no": found["line_no"], **trimmed})

    def _is_of(self, found: pa.Table, heading: str, differs: _Differs, wanted: str) -> None:
        """Rows of another merchant or day are no broken lines: the file is not the one that is wanted."""
        if not heading:
            return
        other = found.filter(pc.and_(differs(found[heading], wanted), pc.not_equal(found[heading], "")))
        if len(other):
            row = other.slice(0, 1).to_pylist()[0]
            detail = f"line {row['line_no']}: {heading} is {row[heading]!r}, expected {wanted}"
            raise UnreadableStatement(detail, kind="F0-8", line=row["line_no"])

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

    def _of_kinds(self, good: pa.Table, amounts: dict[str, pa.Array], merchant: str) -> pa.Table:
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
            account = self._account(rows, of, merchant)
            parts.append(pa.table([*numbers.columns, fen, account], schema=ROWS))
        return pa.concat_tables(parts).sort_by("line_no")

    def _account(self, rows: pa.Table, of: Kind, merchant: str) -> pa.Array:
        """Where the money of rows went; of those of another merchant, that number."""
        account = rows[self._table.account] if self._table.account else pa.repeat(of.account, len(rows))
        if not self._table.merchant:
            return account
        number = rows[self._table.merchant]
        return pc.if_else(pc.equal(number, merchant), account, number)

    def _check_totals(self, good: pa.Table, amounts: dict[str, pa.Array], unread: Unread) -> None:
        """Where a line could not be read, its money is what the totals have more."""
        totals = self._table.totals
        if totals is None:
            return
        if len(self._below) < 2:
            raise UnreadableStatement("the line of totals is missing: cut off")
        said = dict(zip(*(self._split(line) for line in self._below[-2:]), strict=False))
        if not totals.headings <= said.keys():
            raise UnreadableStatement(f"the last lines are no totals with {totals.count}", kind="F0-5")
        if said[totals.count] != str(len(good) + unread.count):
            detail = f"{totals.count} says {said[totals.count]}, the file has {len(good) + unread.count} rows"
            raise UnreadableStatement(detail)
        for heading, column in totals.sums.items():
            fen = int(pc.sum(amounts[column]).as_py() or 0)
            if not unread.count and _fen(said[heading]) != fen:
                raise UnreadableStatement(f"{heading} says {said[heading]}, {column} sums to {yuan(fen)}")
        if totals.opening:
            self.balances = Balances(_balance(said, totals.opening), _balance(said, totals.closing))

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


def _text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableStatement(f"not {encoding} at byte {error.start}", kind="F0-5") from None


def _unpacked(raw: bytes, ending: str) -> bytes:
    """The one member of a ZIP whose name has the ending; the file itself where none is configured."""
    if not ending:
        return raw
    with archive.opened(raw) as opened:
        names = [name for name in opened.namelist() if name.endswith(ending)]
        if len(names) != 1:
            raise UnreadableStatement(f"the ZIP has {len(names)} members ending in {ending}, expected one", kind="F0-5")
        with opened.open(names[0]) as file:
            return b"".join(archive.chunks(file))
