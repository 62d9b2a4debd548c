"""Statements that are tables of text, read by their headings as the region's configuration describes them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO

from adapters.wire import archive
from adapters.wire.text_sheet import Wanted, read_table
from adapters.wire.unread import Unread
from settlement.ports.statements import Beside, RawStatement, Source, Statement, UnreadableStatement
from settlement.statement_files import TextTable


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
            with _pieces(raw.raw, self._table.zipped) as chunks:
                read = read_table(chunks, self._table, Wanted(self.source, self._merchant, day), unread)
            left = unread.among(len(read.rows))
        except UnreadableStatement as error:
            raise error.within(raw.file_name) from None
        return Statement(
            self.source,
            self._region,
            day,
            raw.file_name,
            raw.raw,
            read.rows,
            left,
            beside=Beside(discounts=read.discounts),
            balances=read.balances,
        )


@contextmanager
def _pieces(raw: bytes, ending: str) -> Iterator[Iterable[bytes]]:
    """The one member of a ZIP whose name has the ending, or the file itself where none is configured, as it comes."""
    if not ending:
        yield archive.chunks(BytesIO(raw))
        return
    with archive.opened(raw) as opened:
        names = [name for name in opened.namelist() if name.endswith(ending)]
        if len(names) != 1:
            raise UnreadableStatement(f"the ZIP has {len(names)} members ending in {ending}, expected one", kind="F0-5")
        yield archive.Member(opened, names[0])
