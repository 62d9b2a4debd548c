"""The faults that are still to come, and who meets them."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import TypeVar

from adapters.simulator.faults import (
    Damage,
    Desk,
    DeskFault,
    Leg,
    LegFault,
    OrderFault,
    QueryFault,
    Source,
    StatementFault,
    TerminalFault,
)

_Kind = TypeVar("_Kind", bound=OrderFault)


@dataclass(slots=True)
class Faults:
    """The faults that are still to come.

    `of_numbers` waits for one order or refund number each, `of_anyone` for the next that comes along.
    """

    of_numbers: dict[str, list[OrderFault]] = field(default_factory=dict)
    of_anyone: list[OrderFault] = field(default_factory=list)
    tax_amounts: dict[tuple[str, str], int] = field(default_factory=dict)
    of_desks: list[DeskFault] = field(default_factory=list)
    of_legs: list[LegFault] = field(default_factory=list)
    drawn_leg: Callable[[Leg, str], LegFault | None] = lambda leg, purpose: None
    _statements: dict[int, tuple[StatementFault, int | None]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def clear(self) -> None:
        """From here on all goes well."""
        self.of_numbers.clear()
        self.of_anyone.clear()
        self.tax_amounts.clear()
        self.of_desks.clear()
        self.of_legs.clear()
        self._statements.clear()

    def add(self, fault: OrderFault) -> None:
        """Waits for an order's number, or for whichever comes next."""
        waiting = self.of_anyone if fault.order_id is None else self.of_numbers.setdefault(fault.order_id, [])
        waiting.append(fault)

    @property
    def of_orders(self) -> list[OrderFault]:
        """All that wait for an order or refund."""
        return [*self.of_anyone, *(fault for waiting in self.of_numbers.values() for fault in waiting)]

    def add_statement(self, fault: StatementFault) -> None:
        """Waits for the downloads of a statement."""
        self._statements[next(self._numbers)] = (fault, fault.times)

    def take(self, kind: type[_Kind], order_id: str, how: Collection[str] = ()) -> _Kind | None:
        """The fault of a kind that an order meets now; it is used up by this, or one of its times is.

        What was planned for its number comes before what waits for anyone. `how`: only one of these.
        """
        for waiting in (self.of_numbers.get(order_id, []), self.of_anyone):
            for place, fault in enumerate(waiting):
                if isinstance(fault, kind) and (not how or getattr(fault, "how", None) in how):
                    if isinstance(fault, (QueryFault, TerminalFault)) and fault.times > 1:
                        waiting[place] = fault.model_copy(update={"times": fault.times - 1})
                    else:
                        del waiting[place]
                    return fault
        return None

    def take_desk(self, how: Desk, key: str | None) -> bool:
        """Whether a desk does this wrong now; one of the fault's times is used up by this."""
        for place, fault in enumerate(self.of_desks):
            if fault.how == how and fault.key in (None, key):
                if fault.times > 1:
                    self.of_desks[place] = fault.model_copy(update={"times": fault.times - 1})
                else:
                    del self.of_desks[place]
                return True
        return False

    def take_leg(self, leg: Leg, number: str, purpose: str) -> LegFault | None:
        """The fault that a voucher or pay code meets now; it is used up by this. `purpose` says what is paid for."""
        for place, fault in enumerate(self.of_legs):
            if fault.leg == leg and fault.number in (None, number):
                return self.of_legs.pop(place)
        return self.drawn_leg(leg, purpose)

    def take_statement(self, source: Source, region: str, day: date) -> Damage | None:
        """What befalls a download of a statement; one of the fault's times is used up by this."""
        for number, (fault, left) in self._statements.items():
            if (fault.source, fault.region, fault.day) != (source, region, day):
                continue
            if left == 1:
                del self._statements[number]
            elif left is not None:
                self._statements[number] = (fault, left - 1)
            return fault.how
        return None
