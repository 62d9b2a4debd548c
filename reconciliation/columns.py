"""Rows to columns and back: the embedded engine under the match (DuckDB, in this process)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from reconciliation.matching import SIDE_SCHEMA, agreeing_rows, disagreeing, other_rows
from settlement.ports.book import BookRow
from settlement.ports.columns import rows_of
from settlement.ports.statements import StatementRow


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the keyed pass says of any number of sides.

    `count` rows of each side agree, with one sum in fen; `agreed` are the columns of those rows on the first side, as
    an expression, so that ten million of them need not come out. `rest` are the other rows of each side, `totals` the
    count and sum of all of them.
    """

    agreed: ir.Table
    count: int
    fen: int
    rest: Mapping[str, pa.Table]
    totals: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Remainder:
    """Our book and one statement after the keyed pass: what agrees, as (key, account), and the rows that don't."""

    matched: list[tuple[str, str]]
    matched_fen: int
    ours: list[BookRow]
    theirs: list[StatementRow]


def hold_together(engine: ibis.BaseBackend, sides: Mapping[str, ir.Table]) -> Agreement:
    """Runs the keyed pass over sides that the engine can read. Blocking."""
    loose = ibis.memtable(engine.to_pyarrow(disagreeing(sides)))
    rest = {name: engine.to_pyarrow(other_rows(side, loose).order_by("row_no")) for name, side in sides.items()}
    totals = {name: _total(engine, side) for name, side in sides.items()}
    first, side = next(iter(sides.items()))
    count, fen = totals[first]
    other_fen = sum(rest[first]["amount_fen"].to_pylist())
    return Agreement(agreeing_rows(side, loose), count - rest[first].num_rows, fen - other_fen, rest, totals)


def keyed_pass(ours: Sequence[BookRow], theirs: pa.Table) -> Remainder:
    """Matches our rows with a statement's columns. Blocking; rows keep their order."""
    engine = ibis.duckdb.connect()
    try:
        agreement = hold_together(engine, {"ours": _columns(ours), "theirs": _numbered(theirs)})
        agreed = engine.to_pyarrow(agreement.agreed.select("key", "account")).to_pydict()
    finally:
        engine.disconnect()
    return Remainder(
        matched=sorted(zip(agreed["key"], agreed["account"], strict=True)),
        matched_fen=agreement.fen,
        ours=[ours[row_no] for row_no in agreement.rest["ours"]["row_no"].to_pylist()],
        theirs=list(rows_of(agreement.rest["theirs"])),
    )


def _total(engine: ibis.BaseBackend, side: ir.Table) -> tuple[int, int]:
    total = engine.to_pyarrow(side.aggregate(count=side.count(), fen=side.amount_fen.sum())).to_pylist()[0]
    return total["count"], int(total["fen"] or 0)


def _numbered(theirs: pa.Table) -> ir.Table:
    return ibis.memtable(theirs.append_column("row_no", pa.array(range(len(theirs)), pa.int64())))


def _columns(rows: Sequence[BookRow]) -> ir.Table:
    columns = {
        "row_no": list(range(len(rows))),
        "key": [row.key for row in rows],
        "account": [row.account for row in rows],
        "amount_fen": [row.amount_fen for row in rows],
    }
    return ibis.memtable(pa.table(columns, schema=SIDE_SCHEMA.to_pyarrow()))
