"""What each payer of a bill pays, and how far they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ShareView:
    """What one payer pays, and whether they did.

    Where one order of the channel cannot carry it there are several `orders` (their fen, and whether each is paid);
    it is `paid` when all are, and `part_paid` in between. Of several payments the last one's time and number are shown.
    `open_until`: until when the open order can be paid at the channel.
    """

    payer: str
    amount_fen: int
    state: str
    paid_at: datetime | None
    query_id: str | None
    order_open: bool
    orders: tuple[tuple[int, bool], ...]
    open_until: datetime | None = None

    @property
    def left_fen(self) -> int:
        """What is still due."""
        return sum(fen for fen, is_paid in self.orders if not is_paid)

    @property
    def next_fen(self) -> int:
        """What the next order asks for; 0 when nothing is due."""
        return next((fen for fen, is_paid in self.orders if not is_paid), 0)


@dataclass(frozen=True, slots=True)
class _Share:
    payer: str
    amount_fen: int
    state: str
    paid_at: datetime | None
    query_id: str | None
    open_until: datetime | None  # of its open order, if it has one


def shares_of(rows: Iterable[Sequence[Any]]) -> tuple[ShareView, ...]:
    """One for each payer, of rows (payer, fen, state, paid at, query id, until when its open order can be paid)."""
    of_payers: dict[str, list[_Share]] = {}
    for row in rows:
        one = _Share(*row)
        of_payers.setdefault(one.payer, []).append(one)
    return tuple(_view(of_payer) for of_payer in of_payers.values())


def _view(shares: Sequence[_Share]) -> ShareView:
    paid = [one for one in shares if one.state == "paid"]
    last = max((one for one in paid if one.paid_at), key=lambda one: str(one.paid_at), default=None)
    open_until = next((one.open_until for one in shares if one.open_until), None)
    return ShareView(
        shares[0].payer,
        sum(one.amount_fen for one in shares),
        "paid" if len(paid) == len(shares) else "part_paid" if paid else "due",
        last.paid_at if last else None,
        last.query_id if last else None,
        open_until is not None,
        tuple((one.amount_fen, one.state == "paid") for one in shares),
        open_until,
    )
