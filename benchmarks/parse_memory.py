"""How much memory it takes to read a large settlement file: a ZIP with one ZM file of so many MB.

    python -m benchmarks.parse_memory --megabytes 1000

The file is written to disk piece by piece, then read in a process of its own from its ZIP, as it comes. The last line
is JSON: `megabytes` and `zip_megabytes` of the file, `rows` read, `seconds`, `peak_mb` of the process, and of that
`columns_mb`, which is what was read and is kept.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from adapters.unionpay.settlement_file import read_transactions
from adapters.unionpay.settlement_lines import LAYOUTS, Contract, Told
from adapters.wire import archive
from adapters.wire.unread import Unread
from benchmarks.parse_speed import MERCHANT, settlement_lines

_LINE_BYTES = 609
_PIECE = 20_000
_MEMBER = "ZM"


def write(path: Path, megabytes: int) -> int:
    """A ZIP whose one file has so many MB; how many transactions are in it."""
    lines = megabytes * 1_000_000 // _LINE_BYTES // 2 * 2
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as zipped, zipped.open(_MEMBER, "w") as file:
        for first in range(0, lines, _PIECE):
            file.write(settlement_lines(min(_PIECE, lines - first), first))
    return lines // 2


def read(path: Path) -> dict[str, float]:
    """Reads it, and says how: rows, seconds, MB of the columns and of this process at its peak."""
    raw = path.read_bytes()
    start = time.perf_counter()
    with archive.opened(raw) as opened:
        columns = read_transactions(
            archive.Member(opened, _MEMBER), Contract(LAYOUTS["5.1"], MERCHANT), Unread(), Told()
        )
    return {
        "rows": len(columns),
        "seconds": round(time.perf_counter() - start, 1),
        "columns_mb": columns.nbytes // 1_000_000,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000,
    }


def measure(megabytes: int) -> dict[str, float]:
    """Writes and reads a file of so many MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.zip")
        rows = write(path, megabytes)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            found: dict[str, float] = pool.submit(read, path).result()
        assert found["rows"] == rows
        return {"megabytes": megabytes, "zip_megabytes": path.stat().st_size // 1_000_000, **found}


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--megabytes", type=int, default=1000)
    print(json.dumps(measure(arguments.parse_args().megabytes)))
