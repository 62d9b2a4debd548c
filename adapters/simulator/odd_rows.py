"""What can befall a row of a channel's file beside what befalls any statement's.

Disputes, discounts, test cards, another merchant, refunds that are halved or come back.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from adapters.simulator.faults import EVERYWHERE, Way
from adapters.simulator.records import Order
from adapters.simulator.settlement_file import TEST_CARD, Cleared
from adapters.simulator.setup import RegionSetup


def befallen(row: Cleared, how: Way, by_fen: int, serial: int) -> tuple[Cleared, ...] | None:
    """What the file shows for a row that something befell; None where that cannot befall it."""
    match how:
        case "adjusted":
            return row, replace(row, is_dispute=True)
        case "discounted" if 0 < by_fen < row.amount_fen:
            return (replace(row.with_amount(row.amount_fen - by_fen), discount_fen=by_fen),)
        case "elsewhere":
            return (replace(row, merchant=f"{row.transaction.merchant[:-2]}99"),)
        case "test_card":
            return (replace(row, card=TEST_CARD),)
        case "another_card":
            return (replace(row, card="6228***********7788"),)
        case "halved" if row.is_out and len(row.parts) > 1:
            return (replace(row, parts=row.parts[:1]),)
        case "bounced" if row.is_out:
            return row, _came_back(row, serial)
    return None


def _came_back(row: Cleared, serial: int) -> Cleared:
    """A refund's money, returned by the bank of an account that is closed: in again, under the refund's number."""
    at = row.movement.at + timedelta(minutes=1)
    query_id = f"{at:%Y%m%d%H%M%S}{serial % 10**7:07d}"
    movement = replace(row.movement, query_id=query_id, trace_no=f"{serial % 10**6:06d}", at=at)
    return replace(row, movement=movement, original=row.movement, comes_back=True)


def ways_of(region: RegionSetup, row: Cleared, *, by_receiver: bool) -> Sequence[Way]:
    """What the channel of a region can show of a row, where ways are drawn. `by_receiver`: with a line each.

    Nothing befalls the row of an order's second payment: it may be all that anybody hears of it.
    """
    if isinstance(row.transaction, Order) and row.movement is not row.transaction.payment:
        return ()
    if region.channel != "acp":
        own: tuple[Way, ...] = ("renumbered", "bounced") if row.is_out else ("renumbered",)
        return (*EVERYWHERE, *own, "discounted") if region.ums else (*EVERYWHERE, *own)
    if not row.is_out:
        return (
            *EVERYWHERE,
            "renumbered",
            "elsewhere",
            "taken_back",
            "adjusted",
            "discounted",
            "test_card",
            "another_card",
        )
    halves: tuple[Way, ...] = ("halved",) if by_receiver and len(row.parts) > 1 else ()
    return (*EVERYWHERE, "renumbered", "adjusted", "bounced", *halves)
