"""Rows of statements as columns, which is how many of them are held."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from settlement.ports.statements import StatementRow

ROWS = pa.schema(
    [
        ("line_no", pa.int64()),
        ("key", pa.string()),
        ("second_key", pa.string()),
        ("amount_fen", pa.int64()),
        ("account", pa.string()),
    ]
)
"""The columns of a statement, named as in `StatementRow`."""


def columns_of(rows: Iterable[StatementRow]) -> pa.Table:
    """Rows as columns."""
    listed = list(rows)
    return pa.table({name: [getattr(row, name) for row in listed] for name in ROWS.names}, schema=ROWS)


def rows_of(columns: pa.Table) -> tuple[StatementRow, ...]:
    """Columns as rows, one object each: for the few that have to be looked at."""
    return tuple(StatementRow(**row) for row in columns.select(ROWS.names).to_pylist())


def sum_fen(columns: pa.Table) -> int:
    """What the rows sum to, in fen."""
    return int(pc.sum(columns["amount_fen"]).as_py() or 0)
