"""What a channel takes of an order, asked before a code is issued."""

import re
from dataclasses import dataclass

from foundation.errors import BadInput
from settlement.ports.channel import Order

_MOST_OF_AN_ORDER = 10**12 - 1
_RECEIVER = re.compile("[0-9A-Za-z]{15}")


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest order number, the most receivers, and the most fen that one receiver may get."""

    longest_order_id: int
    most_receivers: int
    most_of_a_part: int = _MOST_OF_AN_ORDER

    def check(self, order: Order) -> None:
        """Refuses (BadInput) an order beyond a limit, saying what to do instead."""
        if not re.fullmatch(f"[0-9A-Za-z]{{8,{self.longest_order_id}}}", order.order_id):
            raise BadInput("order_id", order.order_id, f"8 to {self.longest_order_id} digits and letters")
        if not 0 < order.amount_fen <= _MOST_OF_AN_ORDER:
            raise BadInput("amount_fen", order.amount_fen, "1 to 12 digits of fen; divide the bill among payers")
        if not 1 <= len(order.parts) <= self.most_receivers:
            raise BadInput(
                "parts", len(order.parts), f"1 to {self.most_receivers} receivers; make several orders of it"
            )
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
