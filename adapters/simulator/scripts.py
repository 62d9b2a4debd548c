"""Faults that an order brings along: by its amount, or drawn at random from a seed."""

import random
from collections.abc import Mapping
from typing import TypeVar

from adapters.simulator.faults import (
    Leg,
    LegFault,
    NotificationFault,
    OrderFault,
    PaymentFault,
    QueryFault,
    RandomFaults,
    RefundFault,
    TerminalFault,
)
from adapters.simulator.waiting_faults import Faults

_Fault = TypeVar("_Fault", OrderFault, LegFault)

_LATE_SECONDS = 4 * 3600

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

TERMINAL_FAULTS: tuple[OrderFault, ...] = (
    TerminalFault(kind="terminal", how="unheard"),
    TerminalFault(kind="terminal", how="lost"),
    TerminalFault(kind="terminal", how="offline", times=3),
    TerminalFault(kind="terminal", how="silent"),
    TerminalFault(kind="terminal", how="declined_paid"),
    TerminalFault(kind="terminal", how="approved_unpaid"),
    TerminalFault(kind="terminal", how="not_reversed", times=2),
)
"""What a card terminal may do wrong with a sale."""

BY_LAST_FEN: Mapping[int, OrderFault] = dict(enumerate(PAYMENT_FAULTS, start=81))
"""Magic amounts: which fault an order has by the last two digits of its fen, 81 to 96."""


LEG_FAULTS: Mapping[Leg, tuple[LegFault, ...]] = {
    "tax": tuple(
        LegFault(kind="leg", leg="tax", how=how, seconds=_LATE_SECONDS)
        for how in ("unheard", "lost", "duplicate", "late", "partial", "wrong_subject", "returned", "unconfirmed")
    ),
    "non_tax": tuple(
        LegFault(kind="leg", leg="non_tax", how=how, seconds=_LATE_SECONDS)
        for how in ("unheard", "lost", "duplicate", "late", "partial", "returned")
    ),
}


class Scripts:
    """Plans faults for orders, refunds, tax and fee payments as they arrive, beside those that were asked for."""

    def __init__(self, faults: Faults, magic_amounts: bool) -> None:
        self._faults = faults
        self._magic_amounts = magic_amounts
        self._random: dict[str, RandomFaults] = {}
        self._legs: set[str] = set()
        faults.drawn_leg = self._leg

    def draw(self, wanted: RandomFaults | None) -> None:
        """Starts drawing from a seed, or stops."""
        if wanted is None:
            self._random.clear()
        else:
            of = ("orders", "refunds") if wanted.of == "both" else (wanted.of,)
            self._random |= dict.fromkeys(of, wanted)

    def order_arrives(self, order_id: str, amount_fen: int) -> None:
        """Plans the fault of an order, if it is to have one."""
        magic = BY_LAST_FEN.get(amount_fen % 100) if self._magic_amounts else None
        self._plan(order_id, magic or self._drawn("orders", order_id, PAYMENT_FAULTS))

    def refund_arrives(self, order_id: str) -> None:
        """Plans the fault of a refund or undo, if it is to have one."""
        self._plan(order_id, self._drawn("refunds", order_id, REFUND_FAULTS))

    def _leg(self, leg: Leg, purpose: str) -> LegFault | None:
        """The fault of a tax or fee payment at its first try."""
        if purpose in self._legs:
            return None
        self._legs.add(purpose)
        return self._drawn("legs", purpose, LEG_FAULTS[leg])

    def _plan(self, order_id: str, fault: OrderFault | None) -> None:
        if fault is not None:
            self._faults.add(fault.model_copy(update={"order_id": order_id}))

    def _drawn(self, of: str, number: str, faults: tuple[_Fault, ...]) -> _Fault | None:
        wanted = self._random.get(of)
        if wanted is None:
            return None
        # By its number, so that a fault does not depend on who else came in which order. No secret is drawn here.
        generator = random.Random(f"{wanted.seed}:{number}")  # noqa: S311
        return generator.choice(faults) if generator.random() < wanted.rate else None
