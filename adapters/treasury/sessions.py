"""The batches (对账批次) of a work date: several by day, the last as it turns (日切). Totals first, then rows.

That bank checks come so, and in which fields, is from the messages between banks and TIPS (facts: treasury A7); that a
file 3139 carries them is an assumption, and a file without them is read as before.
"""

import re
from collections.abc import Sequence

import pyarrow as pa

from adapters.treasury.cfx import SESSION, Group
from foundation.errors import BadInput
from foundation.money import fen_of, plain_yuan
from settlement.ports.statements import Batch, Session, UnreadableStatement

_BY_DAY, _TURNS = "0", "1"
_COUNT = re.compile("[0-9]{1,9}")


def said_of(groups: Sequence[Group], day: Group, *, whole: bool) -> list[Batch]:
    """The totals of all batches, held against those in front: of the `whole` day, or of a part of it.

    UnreadableStatement: of a whole day the last batch, of the turn, is not there yet; that batch is not the last, or
    the batches do not sum to what stands in front (F0-4); a total that is none, or a batch that is there twice (F0-5).
    """
    if not groups:
        return []
    said = [_said(group) for group in groups]
    numbers = [one.number for one in said]
    if len(set(numbers)) < len(numbers):
        raise UnreadableStatement(f"a batch is there twice: {', '.join(numbers)}", kind="F0-5")
    if any(one.turns for one in said[:-1]) or (whole and not said[-1].turns):
        raise UnreadableStatement(f"batches {', '.join(numbers)}: the last one, and only it, is of the turn of the day")
    summed = {"AllNum": str(sum(one.count for one in said)), "AllAmt": plain_yuan(sum(one.fen for one in said))}
    day.expect(summed, kind="F0-4")
    return said


def counted(said: Sequence[Batch], of_rows: pa.ChunkedArray, amount_fen: pa.ChunkedArray) -> tuple[Session, ...]:
    """What the batches say beside what their rows come to. `of_rows`: the batch of each row."""
    rows = pa.table({SESSION: of_rows, "fen": amount_fen})
    sums = rows.group_by(SESSION).aggregate([("fen", "count"), ("fen", "sum")])
    found = {row[SESSION]: (row["fen_count"], row["fen_sum"]) for row in sums.to_pylist()}
    return tuple(Session(one.number, one.turns, one.count, one.fen, *found.get(one.number, (0, 0))) for one in said)


def _said(group: Group) -> Batch:
    kind, count = group.text("ChkAcctType"), group.text("AllNum")
    try:
        fen = fen_of(group.text("AllAmt"))
    except BadInput:
        fen = None
    if kind not in (_BY_DAY, _TURNS) or not _COUNT.fullmatch(count) or fen is None:
        shown = {name: group.texts.get(name) for name in ("ChkAcctType", "AllNum", "AllAmt")}
        raise UnreadableStatement(f"{group.name}: {shown} are no totals of a batch", kind="F0-5")
    return Batch(group.text(SESSION), kind == _TURNS, int(count), fen)
