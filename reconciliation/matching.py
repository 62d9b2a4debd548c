"""The match: any number of sides held against each other in one keyed pass.

The definition is Ibis expressions, so that the same lines run on DuckDB here and on Spark elsewhere. All sides are
laid into one table and grouped by (key, account): a join would lose the second of two equal rows, a count shows it.
A group agrees when it has as many rows as there are sides, every side among them, and one amount. Amounts are whole
fen and equal or not; there is no tolerance. An empty key is no key and agrees with nothing.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

SIDE_SCHEMA = ibis.schema({"row_no": "int64", "key": "string", "account": "string", "amount_fen": "int64"})
"""The columns of a side. `row_no` tells a row within its side; other columns of a side stay outside the match."""

_SIDES_MAX = 31  # a bit each


def disagreeing(sides: Mapping[str, ir.Table]) -> ir.Table:
    """The pass itself: (key, account) of every group that does not agree. All others have one row on each side."""
    assert 2 <= len(sides) <= _SIDES_MAX
    everything = ibis.union(
        *(
            rows.select("key", "account", "amount_fen", side=ibis.literal(1 << place, "int32"))
            for place, rows in enumerate(sides.values())
        )
    )
    groups = everything.group_by("key", "account").aggregate(
        rows=everything.count(),
        sides=everything.side.bit_or(),
        lowest_fen=everything.amount_fen.min(),
        highest_fen=everything.amount_fen.max(),
    )
    once_each = (groups.rows == len(sides)) & (groups.sides == (1 << len(sides)) - 1)
    agrees = once_each & (groups.lowest_fen == groups.highest_fen) & (groups.key != "")
    return groups.filter(~agrees).select("key", "account")


def agreeing_rows(side: ir.Table, disagreeing: ir.Table) -> ir.Table:
    """The rows of a side whose group agrees."""
    return side.anti_join(disagreeing, ["key", "account"])


def other_rows(side: ir.Table, disagreeing: ir.Table) -> ir.Table:
    """The rows of a side that remain to be explained."""
    return side.semi_join(disagreeing, ["key", "account"])
