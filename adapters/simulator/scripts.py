"""Faults that an order brings along: by its amount, or drawn at random from a seed."""

import random
from collections.abc import Mapping

from adapters.simulator.faults import (
    Faults,
    NotificationFault,
    OrderFault,
    PaymentFault,
    QueryFault,
    RandomFaults,
    RefundFault,
)

PAYMENT_FAULTS: tuple[OrderFault, ...] = (
    NotificationFault(kind="notification", how="dropped"),
    NotificationFault(kind="notification", how="repeated", times=3),
    NotificationFault(kind="notification", how="delayed", seconds=3),
    NotificationFault(kind="notification", how="forged"),
    NotificationFault(kind="notification", how="altered"),
    NotificationFault(kind="notification", how="wrong_amount"),
    NotificationFault(kind="notification", how="expired"),
    NotificationFault(kind="notification", how="slow", seconds=3),
    QueryFault(kind="query", how="not_found", times=2),
    QueryFault(kind="query", how="pending", times=2),
    QueryFault(kind="query", how="too_often", times=2),
    QueryFault(kind="query", how="forged", times=2),
    QueryFault(kind="query", how="unavailable", times=2),
    PaymentFault(kind="payment", how="twice"),
    PaymentFault(kind="payment", how="late"),
    PaymentFault(kind="payment", how="withheld"),
)
REFUND_FAULTS: tuple[OrderFault, ...] = (
    RefundFault(kind="refund", how="unknown"),
    RefundFault(kind="refund", how="failed"),
    NotificationFault(kind="notification", how="dropped"),
    NotificationFault(kind="notification", how="repeated", times=3),
    NotificationFault(kind="notification", how="early"),
)

BY_LAST_FEN: Mapping[int, OrderFault] = dict(enumerate(PAYMENT_FAULTS, start=81))
"""Magic amounts: which fault an order has by the last two digits of its fen, 81 to 96."""


class Scripts:
    """Plans faults for orders and refunds as they arrive, by number, beside those that were asked for."""

    def __init__(self, faults: Faults, magic_amounts: bool) -> None:
        self._faults = faults
        self._magic_amounts = magic_amounts
        self._random: RandomFaults | None = None

    def draw(self, wanted: RandomFaults | None) -> None:
        """Starts drawing from a seed, or stops."""
        self._random = wanted

    def order_arrives(self, order_id: str, amount_fen: int) -> None:
        """Plans the fault of an order, if it is to have one."""
        magic = BY_LAST_FEN.get(amount_fen % 100) if self._magic_amounts else None
        self._plan(order_id, magic or self._drawn("orders", order_id, PAYMENT_FAULTS))

    def refund_arrives(self, order_id: str) -> None:
        """Plans the fault of a refund or undo, if it is to have one."""
        self._plan(order_id, self._drawn("refunds", order_id, REFUND_FAULTS))

    def _plan(self, order_id: str, fault: OrderFault | None) -> None:
        if fault is not None:
            self._faults.add(fault.model_copy(update={"order_id": order_id}))

    def _drawn(self, what: str, order_id: str, faults: tuple[OrderFault, ...]) -> OrderFault | None:
        if self._random is None or self._random.of not in (what, "both"):
            return None
        # By its number, so that a fault does not depend on who else came in which order. No secret is drawn here.
        generator = random.Random(f"{self._random.seed}:{order_id}")  # noqa: S311
        return generator.choice(faults) if generator.random() < self._random.rate else None
