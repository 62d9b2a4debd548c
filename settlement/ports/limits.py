"""What a channel takes in one order. Asked when a bill is divided among orders, and again before a code is issued."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from foundation.errors import BadInput

MOST_OF_AN_ORDER = 10**12 - 1
"""Fen: twelve digits, as all known channels write an amount."""

_RECEIVER = re.compile("[0-9A-Za-z]{15}")


class Portion(Protocol):
    """What one receiver gets of an order."""

    @property
    def receiver(self) -> str:
        """The channel's number for the receiver."""

    @property
    def amount_fen(self) -> int:
        """More than zero."""


class Portioned(Protocol):
    """An order, as far as limits go."""

    @property
    def order_id(self) -> str:
        """The channel will know the order by it."""

    @property
    def started_at(self) -> datetime:
        """From when it can be paid."""

    @property
    def pay_until(self) -> datetime:
        """Until when it can be paid."""

    @property
    def amount_fen(self) -> int:
        """The whole."""

    @property
    def parts(self) -> Sequence[Portion]:
        """What each receiver gets; they sum to the whole."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest order number, the most receivers, and the most fen of one receiver and of the whole order."""

    longest_order_id: int
    most_receivers: int
    most_of_a_part: int = MOST_OF_AN_ORDER
    most_of_an_order: int = MOST_OF_AN_ORDER

    def check(self, order: "Portioned") -> None:
        """Refuses (BadInput) an order beyond a limit, saying what to do instead."""
        if not re.fullmatch(f"[0-9A-Za-z]{{8,{self.longest_order_id}}}", order.order_id):
            raise BadInput("order_id", order.order_id, f"8 to {self.longest_order_id} digits and letters")
        if not 0 < order.amount_fen <= self.most_of_an_order:
            allowed = f"1 to {self.most_of_an_order} fen in one order; make several orders of it"
            raise BadInput("amount_fen", order.amount_fen, allowed)
        if not 1 <= len(order.parts) <= self.most_receivers:
            allowed = f"1 to {self.most_receivers} receivers; make several orders of it"
            raise BadInput("parts", len(order.parts), allowed)
        for part in order.parts:
            if not _RECEIVER.fullmatch(part.receiver):
                raise BadInput("receiver", part.receiver, "the 15 characters of a sub-merchant")
            if not 0 < part.amount_fen <= self.most_of_a_part:
                allowed = f"1 to {self.most_of_a_part} fen for one receiver; make several orders of it"
                raise BadInput("part", part.amount_fen, allowed)
        if sum(part.amount_fen for part in order.parts) != order.amount_fen:
            raise BadInput("parts", [part.amount_fen for part in order.parts], f"a sum of {order.amount_fen} fen")
        if order.pay_until <= order.started_at:
            raise BadInput("pay_until", order.pay_until.isoformat(), "a time after the start; issue a new code")
