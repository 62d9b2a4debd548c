"""What is going to happen to each bill, drawn from the seed: its kind, its payers, its faults, its turns."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from adapters.simulator.faults import NotificationFault, OrderFault, PaymentFault, QueryFault
from adapters.simulator.scripts import PAYMENT_FAULTS

_Drawn = TypeVar("_Drawn")

SIDES = ("transferee", "transferor")

OPEN_MINUTES = 8 * 60
"""The window takes cases in from 9:00 to 17:00."""


class Kind(StrEnum):
    """What is sold, and who pays."""

    home = "home"
    home_each_own = "home_each_own"
    home_joint = "home_joint"
    shop = "shop"
    shop_joint = "shop_joint"


class Turn(StrEnum):
    """What happens to a bill beside being paid."""

    plain = "plain"
    replaced = "replaced"  # the window gives another code while a payment is under way
    cancelled = "cancelled"  # the code is taken back, then the bill
    expired = "expired"  # nobody pays; the code's time runs out
    tax_differs = "tax_differs"  # the tax office works out another amount; the case is taken in anew
    refund_soon = "refund_soon"  # proposed the moment it is paid
    refund_later = "refund_later"  # proposed when it has arrived
    refund_part = "refund_part"  # a part of each line that has arrived
    assessed_up = "assessed_up"  # a higher price afterwards: a supplementary bill
    assessed_down = "assessed_down"  # a lower price afterwards: a refund


class Manner(StrEnum):
    """How a payer goes about it."""

    prompt = "prompt"
    hesitant = "hesitant"  # turns back, and pays the same order later
    too_late = "too_late"  # lets the order's time run out, and starts another
    nightly = "nightly"  # pays about 23:00, when the clearing day turns


@dataclass(frozen=True, slots=True)
class Payer:
    """What one payer does. `faults` befall the first order."""

    manner: Manner
    minutes: float
    faults: tuple[OrderFault, ...]

    @property
    def pays_late(self) -> bool:
        """Whether the channel lets this payer pay when the order's time is over."""
        return any(isinstance(one, PaymentFault) and one.how == "late" for one in self.faults)


@dataclass(frozen=True, slots=True)
class Plan:
    """One case: `number` from 1, where and when it comes (day from 0, minutes after the opening), what becomes of it.

    `bills` is how many bills it makes when all goes as planned.
    """

    number: int
    region: str
    day: int
    minute: float
    kind: Kind
    turn: Turn
    price_fen: int
    payers: Mapping[str, Payer]

    @property
    def bills(self) -> int:
        return _BILLS.get(self.turn, 1)


_KINDS = {Kind.home: 50, Kind.home_each_own: 15, Kind.home_joint: 10, Kind.shop: 15, Kind.shop_joint: 10}
_TURNS = {
    Turn.plain: 64,
    Turn.replaced: 5,
    Turn.cancelled: 3,
    Turn.expired: 3,
    Turn.tax_differs: 3,
    Turn.refund_soon: 5,
    Turn.refund_later: 5,
    Turn.refund_part: 3,
    Turn.assessed_up: 5,
    Turn.assessed_down: 4,
}
_MANNERS = {Manner.prompt: 80, Manner.hesitant: 8, Manner.too_late: 8, Manner.nightly: 4}
_BILLS = {Turn.tax_differs: 2, Turn.assessed_up: 2}
_DROPPED = NotificationFault(kind="notification", how="dropped")


def plans(bills: int, rate: float, seed: int, days: int, regions: Sequence[str]) -> Iterator[Plan]:
    """Cases that make so many bills in all, spread evenly over the days; each follows from seed and number alone."""
    made = number = 0
    while made < bills:
        number += 1
        plan = _plan(number, rate, seed, made * days // bills, regions)
        if made + plan.bills > bills:
            plan = _plan(number, rate, seed, plan.day, regions, Turn.plain)
        made += plan.bills
        yield plan


def _plan(number: int, rate: float, seed: int, day: int, regions: Sequence[str], turn: Turn | None = None) -> Plan:
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - for repeating a run, not for secrets
    return Plan(
        number=number,
        region=chance.choice(regions),
        day=day,
        minute=chance.uniform(0, OPEN_MINUTES),
        kind=_drawn(chance, _KINDS),
        turn=turn or _drawn(chance, _TURNS),
        price_fen=chance.randrange(300_000, 5_000_000) * 100,
        payers={side: _payer(chance, rate) for side in SIDES},
    )


def _payer(chance: random.Random, rate: float) -> Payer:
    manner, minutes = _drawn(chance, _MANNERS), chance.uniform(1, 10)
    fault = chance.choice(PAYMENT_FAULTS) if chance.random() < rate else None
    if fault is None:
        return Payer(manner, minutes, ())
    # What is told to a query is heard only if somebody has to ask.
    return Payer(manner, minutes, (fault, _DROPPED) if isinstance(fault, QueryFault) else (fault,))


def _drawn(chance: random.Random, weights: Mapping[_Drawn, int]) -> _Drawn:
    return chance.choices(list(weights), list(weights.values()))[0]
