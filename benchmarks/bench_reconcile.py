"""Reconciliation of three sides, from columns to cases written and the day signed.

    python benchmarks/bench_reconcile.py --rows 1000000 --rows 10000000

Each size: three Parquet files with differences planted at a known rate, held together in one pass, every difference
named, its case written to PostgreSQL and the day signed. Beside it the time that the same engine takes merely to read
the same columns and do one outer join; and first how fast raw files are read to columns. Each step runs in a process
of its own, so that its peak memory is its own. The last line is JSON, of the last size.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.server import spare_the_collector
from benchmarks.parse_speed import parse_speeds
from foundation.database import engine as database_engine
from foundation.database import migrate
from foundation.identifiers import new_id
from foundation.postgres import create_database, running
from reconciliation.columns import Agreement, hold_together
from reconciliation.explanation import Break, Explained, explain
from reconciliation.judgement import Judgement
from reconciliation.record import Outcome, SourceDay, write_down
from reconciliation.signing import prepare_day, sign_day
from reconciliation.tables import reconciliation_day, statement_file
from settlement.ports.book import BookRow, Transit
from settlement.ports.columns import rows_of
from settlement.ports.statements import Source, StatementRow

REGION, DAY = "341502", date(2026, 3, 2)
SIDES = ("book", "channel", "treasury")
EVERY = 10_000
"""One planted difference of each kind in so many rows."""

PLANTED = {
    1: ("channel", "P-9", "missing"),
    2: ("channel", "P-5", "added"),
    3: ("channel", "P-7", "repeated"),
    4: ("channel", "P-10", "9"),
    5: ("channel", "P-11", "-9"),
    6: ("treasury", "T-8", "missing"),
    7: ("treasury", "T-5", "added"),
    8: ("treasury", "T-7", "repeated"),
    9: ("treasury", "T-12", "9"),
}
"""By the row's number modulo EVERY: the side that differs, the kind that must be found, what is done to it."""


@dataclass(frozen=True, slots=True)
class Run:
    """One size: what was planted and found, how long it took, how much memory."""

    rows: int
    seconds: float
    peak_mb: int
    bare_seconds: float
    planted: int
    found: int
    right: int


def key_of(number: str) -> str:
    """The key of a row, without order and 21 characters long, as a channel's query id is; SQL."""
    return f"lpad(CAST(hash({number}) % 1000000000000 AS VARCHAR), 12, '0') || lpad(CAST({number} AS VARCHAR), 9, '0')"


def write_sides(folder: Path, rows: int) -> None:
    """Three files of columns with the differences of PLANTED in them."""
    engine = ibis.duckdb.connect()
    for side in SIDES:
        place = f"i % {EVERY}"
        mine = {what: n for n, (of, _, what) in PLANTED.items() if of == side}
        shifts = [(n, what) for what, n in mine.items() if what.lstrip("-").isdigit()]
        shift = " ".join(f"WHEN {place} = {n} THEN {fen}" for n, fen in shifts)
        # what another side has in surplus is not in this one
        absent = [n for n, (of, _, what) in PLANTED.items() if (what == "added" and of != side)]
        absent += [mine["missing"]] if "missing" in mine else []
        twice = f"WHERE {place} = {mine['repeated']}" if "repeated" in mine else "WHERE false"
        numbers = f"SELECT i FROM range({rows}) AS r(i) UNION ALL SELECT i FROM range({rows}) AS r(i) {twice}"
        engine.raw_sql(f"""
            COPY (
                SELECT row_number() OVER () AS row_no, {key_of("i")} AS key, 'o' || i AS second_key, '' AS account,
                    CAST(hash(i + 7) % 10000000 + 100 AS BIGINT) + CASE {shift or "WHEN false THEN 0"} ELSE 0 END
                        AS amount_fen
                FROM ({numbers}) WHERE {place} NOT IN ({", ".join(map(str, absent)) or "-1"})
            ) TO '{folder / side}.parquet' (FORMAT parquet)
        """)
    engine.disconnect()


def bare_join(folder: Path) -> tuple[float, int]:
    """Seconds to read the columns and do one outer join, and the process's peak memory in MB."""
    engine = ibis.duckdb.connect(threads=2)
    book, channel, treasury = (f"'{folder / side}.parquet'" for side in SIDES)
    start = time.perf_counter()
    engine.raw_sql(f"""
        SELECT count(*), sum(b.amount_fen), sum(c.amount_fen), sum(t.amount_fen)
        FROM {book} b FULL JOIN {channel} c USING (key, account) FULL JOIN {treasury} t USING (key, account)
    """).fetchall()
    return time.perf_counter() - start, _peak_mb()


def reconcile(folder: Path, url: str) -> tuple[float, int, list[tuple[str, str, str]]]:
    """Seconds from columns to the signed day, peak memory in MB, and what was found: (source, key, kind)."""
    engine = ibis.duckdb.connect(threads=2)
    sides = {side: engine.read_parquet(folder / f"{side}.parquet") for side in SIDES}
    spare_the_collector()  # as the server does, in which days are closed
    start = time.perf_counter()
    agreement = hold_together(engine, sides)
    explained = {
        source: explain(_book_rows(agreement), _statement_rows(agreement.rest[source]), [], _judgement(source))
        for source in (Source.channel, Source.treasury)
    }
    asyncio.run(_close(url, agreement, explained))
    seconds = time.perf_counter() - start
    gc.unfreeze()  # else the engine's library counts as leaked, at the end, what stood before
    found = [(str(source), _number(one), one.kind) for source, of in explained.items() for one in of.breaks]
    return seconds, _peak_mb(), found


async def _close(url: str, agreement: Agreement, explained: Mapping[Source, Explained]) -> None:
    database = database_engine(url)
    async with database.begin() as db:
        day = new_id()
        await db.execute(insert(reconciliation_day).values(id=day, region=REGION, day=DAY, state="matched"))
        for source, of in explained.items():
            await db.execute(
                insert(statement_file).values(
                    id=new_id(), region=REGION, source=source, day=DAY, version=1, state="checked",
                    raw=b"", sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                )
            )  # fmt: skip
            outcome = Outcome(agreement.count, agreement.fen, *agreement.totals[source], 0, of)
            await write_down(db, SourceDay(day, REGION, source, DAY), outcome)
        await prepare_day(db, REGION, DAY, _NothingInTransit(), actor="bench", remark="planted differences")
        await sign_day(db, REGION, DAY, _NothingInTransit(), actor="bench too")
    await database.dispose()


class _NothingInTransit:
    """A book with all its money arrived."""

    async def transit(self, _db: AsyncConnection, _region: str, _day: date) -> Transit:
        return Transit(0, 0, 0, 0, 0, ())


def _judgement(source: Source) -> Judgement:
    return Judgement(REGION, source, DAY, None)


def _book_rows(agreement: Agreement) -> list[BookRow]:
    columns = agreement.rest["book"].select(["key", "second_key", "amount_fen", "account"]).to_pylist()
    return [BookRow(**row, bill_id=None, line_id=None, expected_on=DAY) for row in columns]


def _statement_rows(rest: pa.Table) -> list[StatementRow]:
    return list(rows_of(rest.rename_columns({"row_no": "line_no"})))


def _number(one: Break) -> str:
    """The row's number, which its second key carries."""
    return one.second_key.removeprefix("o")


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _alone(step: Callable[..., Any], *arguments: object) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(step, *arguments).result()


def run(rows: int, url: str) -> Run:
    """One size, start to end."""
    with tempfile.TemporaryDirectory() as folder:
        _alone(write_sides, Path(folder), rows)
        bare_seconds, _ = _alone(bare_join, Path(folder))
        seconds, peak_mb, found = _alone(reconcile, Path(folder), url)
    planted = wanted(rows)
    return Run(rows, seconds, peak_mb, bare_seconds, len(planted), len(found), len(planted & set(found)))


def wanted(rows: int) -> set[tuple[str, str, str]]:
    """The answer key of so many rows: (source, number, kind)."""
    return {
        (side, str(number), kind) for place, (side, kind, _) in PLANTED.items() for number in range(place, rows, EVERY)
    }


def main(sizes: Sequence[int]) -> None:
    """All sizes, one line each; the last line is JSON."""
    parsed = _alone(parse_speeds)
    print("parsing to columns: " + ", ".join(f"{name} {speed:,.0f} MB/s" for name, speed in parsed.items()))
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o711)  # under root the server runs as another account, which must pass through
        with running(Path(home)) as server:
            for rows in sizes:
                name = f"bench_{rows}"
                create_database(server, name)
                migrate(server.url(name))
                one = run(rows, server.url(name))
                print(
                    f"3 x {one.rows:>11,} rows: {one.seconds:6.2f} s, {one.peak_mb:,} MB; bare read and join "
                    f"{one.bare_seconds:.2f} s; {one.planted:,} planted, {one.found:,} found, {one.right:,} right"
                )
    print(
        json.dumps(
            {
                "rows": one.rows,
                "seconds": round(one.seconds, 2),
                "peak_mb": one.peak_mb,
                "bare_seconds": round(one.bare_seconds, 2),
                "parse_mb_per_s": round(parsed["fixed-width GBK"]),
                "recall": one.right / one.planted,
                "precision": one.right / one.found,
            }
        )
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, action="append", help="rows a side; may be given several times")
    main(arguments.parse_args().rows or [1_000_000, 5_000_000, 10_000_000])
