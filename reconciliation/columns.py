"""Rows to columns and back: the embedded engine under the match (DuckDB, in this process)."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from reconciliation.matching import SIDE_SCHEMA, compare
from reconciliation.ports import BookRow
from settlement.ports.statements import StatementRow

_OURS, _THEIRS = "ours", "theirs"


@dataclass(frozen=True, slots=True)
class Remainder:
    """Our book and one statement after the keyed pass: what agrees, as (key, account), and the rows that don't."""

    matched: list[tuple[str, str]]
    matched_fen: int
    ours: list[BookRow]
    theirs: list[StatementRow]


def keyed_pass(ours: Sequence[BookRow], theirs: Sequence[StatementRow]) -> Remainder:
    """Matches two sides held in memory. Blocking; rows keep their order."""
    engine = ibis.duckdb.connect()
    try:
        comparison = compare({_OURS: _columns(ours), _THEIRS: _columns(theirs)})
        matched = engine.to_pyarrow(comparison.matched).to_pydict()
        rest = engine.to_pyarrow(comparison.rest).to_pydict()
    finally:
        engine.disconnect()
    loose = sorted(zip(rest["side"], rest["row_no"], strict=True))
    return Remainder(
        matched=sorted(zip(matched["key"], matched["account"], strict=True)),
        matched_fen=sum(matched["amount_fen"]),
        ours=[ours[row_no] for side, row_no in loose if side == _OURS],
        theirs=[theirs[row_no] for side, row_no in loose if side == _THEIRS],
    )


def _columns(rows: Sequence[BookRow] | Sequence[StatementRow]) -> ir.Table:
    columns = {
        "row_no": list(range(len(rows))),
        "key": [row.key for row in rows],
        "account": [row.account for row in rows],
        "amount_fen": [row.amount_fen for row in rows],
    }
    return ibis.memtable(pa.table(columns, schema=SIDE_SCHEMA.to_pyarrow()))
