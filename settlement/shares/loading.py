"""Divides what one payer pays among orders of the channel, where one order cannot carry it all.

Each order becomes a share of its own: it is paid, counted and given back by itself, and the bill is paid when all are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from settlement.ports.limits import Limits


@dataclass(frozen=True, slots=True)
class Load:
    """A piece of a line on its way to a receiver of the channel, in fen."""

    ordinal: int
    receiver: str
    amount_fen: int


def loaded(loads: Sequence[Load], limits: Limits) -> list[list[Load]]:
    """The loads of each order: in their order, each into the first order that has room for it.

    What is more than a receiver may get in one order is cut; a line has at most one load in an order.
    """
    orders: list[list[Load]] = []
    for load in (slice_ for one in loads for slice_ in _cut(one, min(limits.most_of_a_part, limits.most_of_an_order))):
        fitting = next((order for order in orders if _fits(order, load, limits)), None)
        if fitting is None:
            orders.append([load])
        else:
            fitting.append(load)
    return orders


def _cut(load: Load, most_fen: int) -> list[Load]:
    whole, rest = divmod(load.amount_fen, most_fen)
    return [replace(load, amount_fen=fen) for fen in [most_fen] * whole + [rest] if fen]


def _fits(order: Sequence[Load], load: Load, limits: Limits) -> bool:
    with_it = [*order, load]
    return (
        load.ordinal not in {one.ordinal for one in order}
        and len({one.receiver for one in with_it}) <= limits.most_receivers
        and sum(one.amount_fen for one in with_it if one.receiver == load.receiver) <= limits.most_of_a_part
        and sum(one.amount_fen for one in with_it) <= limits.most_of_an_order
    )
