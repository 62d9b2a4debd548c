"""The match: any number of sides held against each other in one keyed pass.

The definition is Ibis expressions, so that the same lines run on DuckDB here and on Spark elsewhere. All sides are
laid into one table and grouped by (key, account, amount): a join would lose the second of two equal rows, a count shows
it. A group agrees when it has as many rows as there are sides, and every side among them. Amounts are whole fen and
equal or not; there is no tolerance. An empty key is no key and agrees with nothing. Where one group of a (key, account)
does not agree, none of that (key, account) does, so that what belongs together is looked at together.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

SIDE_SCHEMA = ibis.schema({"row_no": "int64", "key": "string", "account": "string", "amount_fen": "int64"})
"""The columns of a side. `row_no` tells a row within its side; other columns of a side stay outside the match."""

_SIDES_MAX = 31  # a bit each


def disagreeing(sides: Mapping[str, ir.Table]) -> ir.Table:
    """The pass itself: each (key, account) of which a group does not agree. All others are the same on every side."""
    assert 2 <= len(sides) <= _SIDES_MAX
    everything = ibis.union(
        *(
            rows.select("key", "account", "amount_fen", side=ibis.literal(1 << place, "float64"))
            for place, rows in enumerate(sides.values())
        )
    )
    groups = everything.group_by("key", "account", "amount_fen").aggregate(
        rows=everything.count(), sides=everything.side.sum()
    )
    # n powers of two sum to 2**n - 1 only where each is there once; unlike bit_or, Ibis has sum on Spark too. They are
    # floats because DuckDB sums integers in 128 bits, which costs an eighth of the pass; so few of them sum exactly.
    once_each = (groups.rows == len(sides)) & (groups.sides == (1 << len(sides)) - 1)
    return groups.filter(~(once_each & (groups.key != ""))).select("key", "account").distinct()


def agreeing_rows(side: ir.Table, disagreeing: ir.Table) -> ir.Table:
    """The rows of a side whose group agrees."""
    return side.anti_join(disagreeing, ["key", "account"])


def other_rows(side: ir.Table, disagreeing: ir.Table) -> ir.Table:
    """The rows of a side that remain to be explained."""
    return side.semi_join(disagreeing, ["key", "account"])
