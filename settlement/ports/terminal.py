"""A card terminal: sells the amount of an order by card, and says how far it is.

It never proves that money moved: what counts is what the channel, under whose merchant and order number it sells, says
when it is asked. So a terminal may be wrong, silent or broken without a fen being lost or taken twice.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from settlement.ports.channel import Order


class SaleState(StrEnum):
    """How far a sale is. The terminal does nothing more for the last four."""

    waiting = "waiting"
    """It asks for a card."""
    at_work = "at_work"
    """A card was read; the acquirer is asked, or the PIN."""
    approved = "approved"
    declined = "declined"
    cancelled = "cancelled"
    """By a person, or since no card came in its time."""
    unclear = "unclear"
    """The acquirer did not answer: the card may have been debited."""


@dataclass(frozen=True, slots=True)
class Sale:
    """What a terminal says of a sale; `said` is a sentence for the payer, such as why the card was declined."""

    state: SaleState
    said: str = ""


class CardTerminal(Protocol):
    """One terminal. It runs one sale at a time, each order number once.

    Every call may raise Unavailable or Unauthentic: nothing is known then, and the call may be repeated.
    """

    async def start(self, order: Order, merchant: str, notify: str) -> Sale:
        """Asks for a card for an order. Refused: another sale is running, or it will not sell this; nothing began."""

    async def look(self, order: Order) -> Sale:
        """How far a sale is. Refused: the terminal never heard of it."""

    async def cancel(self, order: Order) -> Sale:
        """Stops asking for a card; where one was read already, the sale goes on and the answer says so.

        Of an order that the terminal never heard of it remembers the number, and will not sell it any more.
        """

    async def reverse(self, order: Order) -> None:
        """Has the acquirer undo a sale as if it had never been (冲正). Refused: it cannot be, as on a later day.

        Of an order that the terminal never heard of it remembers the number, and will not sell it any more.
        """
