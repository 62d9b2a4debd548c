"""How much memory it takes to read a large settlement file: a ZIP with one file of so many MB.

    python -m benchmarks.parse_memory --megabytes 1000
    python -m benchmarks.parse_memory --megabytes 1000 --layout alipay

A ZM file of ACP, or a table of text in one of the known layouts. It is written to disk piece by piece, then read in a
process of its own from its ZIP, as it comes. The last line is JSON: `megabytes` and `zip_megabytes` of the file, `rows`
read, `seconds`, `peak_mb` of the process, and of that `columns_mb`, which is what was read and is kept.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa

from adapters.unionpay.settlement_file import read_transactions
from adapters.unionpay.settlement_lines import LAYOUTS, Contract, Told
from adapters.wire import archive
from adapters.wire.text_sheet import Wanted, read_table
from adapters.wire.unread import Unread
from benchmarks.parse_speed import DAY, MERCHANT, settlement_lines
from settlement.ports.statements import Source
from settlement.statement_files import TextTable, known_layouts

_LINE_BYTES = 609
_PIECE = 20_000
_MEMBER = _ZM = "ZM"


def write(path: Path, megabytes: int) -> int:
    """A ZIP whose one file has so many MB; how many transactions are in it."""
    lines = megabytes * 1_000_000 // _LINE_BYTES // 2 * 2
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as zipped, zipped.open(_MEMBER, "w") as file:
        for first in range(0, lines, _PIECE):
            file.write(settlement_lines(min(_PIECE, lines - first), first))
    return lines // 2


def write_table(path: Path, megabytes: int, table: TextTable) -> int:
    """As `write`, a table with all of a layout's headings and as much beside them; how many rows are in it."""
    headings = [*sorted(table.headings), "商品名称"]
    kind, of = next(iter(table.kinds.items()))
    cells = dict.fromkeys(headings, "{:028d}") | {table.kind: kind, "商品名称": "不动产登记税费" * 12}
    cells |= dict.fromkeys({of.amount, of.fee, *(table.totals.sums.values() if table.totals else ())}, "1.00")
    cells |= {table.merchant: MERCHANT, table.day: f"{DAY:{table.day_form}}"}
    separator = table.separators[0]
    line = separator.join(table.prefix + cells[heading] for heading in headings) + "\r\n"
    rows = megabytes * 1_000_000 // len(line.format(*[0] * len(headings)).encode(table.encoding))
    above = [form.format(merchant=MERCHANT, day=DAY) for form in table.above]
    below = [table.remark or "x"] * (table.lines_after or bool(table.remark))
    if table.totals:
        below[-2:] = [
            separator.join([table.totals.count, *table.totals.sums]),
            separator.join([str(rows), *[f"{rows}.00"] * len(table.totals.sums)]),
        ]
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as zipped, zipped.open(_MEMBER, "w") as file:
        file.write("\r\n".join([*above, separator.join(headings), ""]).encode(table.encoding))
        for first in range(0, rows, _PIECE):
            numbers = range(first, min(first + _PIECE, rows))
            file.write("".join(line.format(*[number] * len(headings)) for number in numbers).encode(table.encoding))
        file.write("\r\n".join([*below, ""]).encode(table.encoding))
    return rows


def _columns(chunks: Iterable[bytes], layout: str) -> pa.Table:
    if layout == _ZM:
        return read_transactions(chunks, Contract(LAYOUTS["5.1"], MERCHANT), Unread(), Told())
    return read_table(chunks, known_layouts()[layout], Wanted(Source.channel, MERCHANT, DAY), Unread()).rows


def read(path: Path, layout: str) -> dict[str, float]:
    """Reads it, and says how: rows, seconds, MB of the columns and of this process at its peak."""
    raw = path.read_bytes()
    start = time.perf_counter()
    with archive.opened(raw) as opened:
        columns = _columns(archive.Member(opened, _MEMBER), layout)
    return {
        "rows": len(columns),
        "seconds": round(time.perf_counter() - start, 1),
        "columns_mb": columns.nbytes // 1_000_000,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000,
    }


def measure(megabytes: int, layout: str) -> dict[str, float]:
    """Writes and reads a file of so many MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.zip")
        rows = write(path, megabytes) if layout == _ZM else write_table(path, megabytes, known_layouts()[layout])
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            found: dict[str, float] = pool.submit(read, path, layout).result()
        assert found["rows"] == rows
        return {"megabytes": megabytes, "zip_megabytes": path.stat().st_size // 1_000_000, **found}


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--megabytes", type=int, default=1000)
    arguments.add_argument("--layout", choices=[_ZM, *known_layouts()], default=_ZM)
    options = arguments.parse_args()
    print(json.dumps(measure(options.megabytes, options.layout)))
