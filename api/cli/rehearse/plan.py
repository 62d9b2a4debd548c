"""What is going to happen to each bill, drawn from the seed: its kind, its payers, its faults, its turns."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from adapters.simulator.faults import NotificationFault, OrderFault, PaymentFault, QueryFault
from adapters.simulator.scripts import PAYMENT_FAULTS, TERMINAL_FAULTS

_Drawn = TypeVar("_Drawn")

SIDES = ("transferee", "transferor", "mortgagee", "owner", "applicant")

OPEN_MINUTES = 8 * 60
"""The window takes cases in from 9:00 to 17:00."""


class Kind(StrEnum):
    """What comes to the window, and who pays."""

    home = "home"
    home_each_own = "home_each_own"
    home_joint = "home_joint"
    shop = "shop"
    shop_joint = "shop_joint"
    tower = "tower"  # an office building whose tax goes beyond one order of ACP
    with_mortgage = "with_mortgage"
    inheritance = "inheritance"
    bequest = "bequest"
    mortgage = "mortgage"
    fees = "fees"
    land_premium = "land_premium"
    sea_area = "sea_area"
    forest = "forest"  # nothing is due
    new_homes = "new_homes"  # a developer's list as Excel: buyers pay their own, the developer all of theirs together
    mortgages = "mortgages"  # a bank's mortgages, paid together


class Turn(StrEnum):
    """What happens to a bill beside being paid."""

    plain = "plain"
    replaced = "replaced"  # the window gives another code while a payment is under way
    cancelled = "cancelled"  # the code is taken back, then the bill
    expired = "expired"  # nobody pays; the code's time runs out
    refund_soon = "refund_soon"  # proposed the moment it is paid
    refund_later = "refund_later"  # proposed when it has arrived
    refund_part = "refund_part"  # a part of each line that has arrived
    tax_differs = "tax_differs"  # the tax office works out another amount; the case is taken in anew
    assessed_up = "assessed_up"  # a higher price afterwards: a supplementary bill
    assessed_down = "assessed_down"  # a lower price afterwards: a refund


class Manner(StrEnum):
    """How a payer goes about it."""

    prompt = "prompt"
    by_card = "by_card"  # at a terminal of the counter, where the region has one
    hesitant = "hesitant"  # turns back, and pays the same order later
    too_late = "too_late"  # lets the order's time run out, and starts another
    nightly = "nightly"  # pays about 23:00, when the clearing day turns
    shows_code = "shows_code"  # holds the phone to the clerk's scanner (被扫), where the channel takes that


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

    `size` is how many bills come at once. `bills` is how many it makes when all goes as planned.
    """

    number: int
    region: str
    day: int
    minute: float
    kind: Kind
    turn: Turn
    size: int
    price_fen: int
    payers: Mapping[str, Payer]

    @property
    def bills(self) -> int:
        return _BILLS.get(self.turn, self.size)


TOGETHER = (Kind.new_homes, Kind.mortgages)
"""Kinds of which several bills come at once."""

_SEA_REGIONS = frozenset({"330206"})
_KINDS = {
    Kind.home: 30,
    Kind.home_each_own: 8,
    Kind.home_joint: 6,
    Kind.shop: 8,
    Kind.shop_joint: 6,
    Kind.tower: 4,
    Kind.with_mortgage: 6,
    Kind.inheritance: 4,
    Kind.bequest: 3,
    Kind.mortgage: 6,
    Kind.fees: 5,
    Kind.land_premium: 4,
    Kind.sea_area: 8,
    Kind.forest: 4,
    Kind.new_homes: 3,
    Kind.mortgages: 3,
}
_ALL_TURNS = {
    Turn.plain: 64,
    Turn.replaced: 5,
    Turn.cancelled: 3,
    Turn.expired: 3,
    Turn.refund_soon: 5,
    Turn.refund_later: 5,
    Turn.refund_part: 3,
    Turn.tax_differs: 3,
    Turn.assessed_up: 5,
    Turn.assessed_down: 4,
}
_OF_A_PRICE = (Turn.tax_differs, Turn.assessed_up, Turn.assessed_down)
_SOLD = (Kind.home, Kind.home_each_own, Kind.home_joint, Kind.shop, Kind.shop_joint, Kind.tower, Kind.with_mortgage)
_MANNERS = {
    Manner.prompt: 60,
    Manner.by_card: 10,
    Manner.hesitant: 8,
    Manner.too_late: 8,
    Manner.nightly: 4,
    Manner.shows_code: 10,
}
_BILLS = {Turn.tax_differs: 2, Turn.assessed_up: 2}
_DROPPED = NotificationFault(kind="notification", how="dropped")


def plans(bills: int, rate: float, seed: int, days: int, regions: Sequence[str]) -> Iterator[Plan]:
    """Cases that make so many bills in all, spread evenly over the days; each follows from seed and number alone."""
    made = number = 0
    while made < bills:
        number += 1
        plan = _plan(number, rate, seed, made * days // bills, regions)
        if made + plan.bills > bills:
            plan = _plan(number, rate, seed, plan.day, regions, plain=True)
        made += plan.bills
        yield plan


def _plan(number: int, rate: float, seed: int, day: int, regions: Sequence[str], *, plain: bool = False) -> Plan:
    """`plain`: a case that makes one bill, whatever is drawn."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - for repeating a run, not for secrets
    region = chance.choice(regions)
    kind = _drawn(chance, {one: weight for one, weight in _KINDS.items() if _comes(one, region)})
    turn = _drawn(chance, _turns(kind))
    size = chance.randint(2, 4) if kind in TOGETHER else 1
    millions = (400, 900) if kind is Kind.tower and not plain else (0.3, 5)
    return Plan(
        number=number,
        region=region,
        day=day,
        minute=chance.uniform(0, OPEN_MINUTES),
        kind=Kind.home if plain else kind,
        turn=Turn.plain if plain else turn,
        size=1 if plain else size,
        price_fen=chance.randrange(int(millions[0] * 10**6), int(millions[1] * 10**6)) * 100,
        payers={side: _payer(chance, rate) for side in SIDES},
    )


def _comes(kind: Kind, region: str) -> bool:
    """Sea areas are used on a coast."""
    return kind is not Kind.sea_area or region in _SEA_REGIONS


def _turns(kind: Kind) -> Mapping[Turn, int]:
    """Where nothing is due, or many come at once, nothing else happens; only what is sold has a price to differ on."""
    if kind is Kind.forest or kind in TOGETHER:
        return {Turn.plain: 1}
    return {turn: weight for turn, weight in _ALL_TURNS.items() if kind in _SOLD or turn not in _OF_A_PRICE}


def _payer(chance: random.Random, rate: float) -> Payer:
    manner, minutes = _drawn(chance, _MANNERS), chance.uniform(1, 10)
    fault = chance.choice(PAYMENT_FAULTS) if chance.random() < rate else None
    if fault is None:
        return Payer(manner, minutes, ())
    if manner is Manner.by_card:
        return Payer(manner, minutes, (fault, TERMINAL_FAULTS[PAYMENT_FAULTS.index(fault) % len(TERMINAL_FAULTS)]))
    # What is told to a query is heard only if somebody has to ask.
    return Payer(manner, minutes, (fault, _DROPPED) if isinstance(fault, QueryFault) else (fault,))


def _drawn(chance: random.Random, weights: Mapping[_Drawn, int]) -> _Drawn:
    return chance.choices(list(weights), list(weights.values()))[0]
