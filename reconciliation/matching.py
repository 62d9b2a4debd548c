"""The match: any number of sides held against each other in one keyed pass.

The definition is an Ibis expression, so that the same lines run on DuckDB here and on Spark elsewhere. All sides are
laid into one table and grouped by (key, account), counting each side: a join would lose the second of two equal
rows, a count shows it. What agrees on all sides is matched; everything else, row by row, is what remains to be
explained. Amounts are whole fen and equal or not; there is no tolerance. An empty key is no key and matches nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

SIDE_SCHEMA = ibis.schema({"row_no": "int64", "key": "string", "account": "string", "amount_fen": "int64"})
"""The columns of a side. `row_no` tells a row within its side; other columns of a side stay outside the match."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two expressions over the sides.

    `matched`: (key, account, amount_fen), each standing for exactly one row on every side, with one amount.
    `rest`: (side, row_no) of every row that is not in it.
    """

    matched: ir.Table
    rest: ir.Table


def compare(sides: Mapping[str, ir.Table]) -> Comparison:
    """Holds the sides against each other. Each side has at least the columns of SIDE_SCHEMA."""
    everything = ibis.union(
        *(rows.select("key", "account", "amount_fen", side=ibis.literal(side)) for side, rows in sides.items())
    )
    counted = everything.group_by("key", "account").aggregate(
        amount_fen=everything.amount_fen.min(),
        highest_fen=everything.amount_fen.max(),
        **{_count(side): everything.count(where=everything.side == side) for side in sides},
    )
    once_each = ibis.and_(*(counted[_count(side)] == 1 for side in sides))
    agreed = once_each & (counted.amount_fen == counted.highest_fen) & (counted.key != "")
    matched = counted.filter(agreed).select("key", "account", "amount_fen")
    loose = counted.filter(~agreed).select("key", "account")
    rest = ibis.union(
        *(
            rows.semi_join(loose, ["key", "account"]).select("row_no", side=ibis.literal(side))
            for side, rows in sides.items()
        )
    )
    return Comparison(matched, rest)


def _count(side: str) -> str:
    return f"{side}_count"
