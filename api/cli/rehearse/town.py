"""What everybody in a rehearsal shares: the house, the desk of the outside world, time, and a note of refusals."""

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from api.cli.rehearse.outside import Desk, DeskRefused
from api.cli.rehearse.timeline import Timeline
from api.wiring import House
from foundation.errors import HeyiError, Unavailable
from settlement.bills.confirmation import confirm_bill
from settlement.bills.tables import bill
from settlement.office import Actor, Office

CLERK = Actor("window", "clerk")
ASKS = Actor("finance-1", "finance")
DECIDES = Actor("finance-2", "finance")
OFFICER = Actor("tax", "tax_officer")

_TRIES = 40

Done = TypeVar("Done")


@dataclass(slots=True)
class Town:
    """`refusals` counts what the engine or the institutions refused, by code: people take it and try otherwise.

    `examples` has what the first refusal of each code said. `misled` are the orders about which the channel was to
    answer wrongly: our book may learn of their payments only after their day was closed.
    """

    house: House
    desk: Desk
    regions: tuple[str, ...]
    timeline: Timeline = field(init=False)
    refusals: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    misled: set[str] = field(default_factory=set)

    @property
    def office(self) -> Office:
        return self.house.office

    async def may(self, act: Awaitable[Done]) -> Done | None:
        """Does what may be refused; None where it was."""
        try:
            return await act
        except HeyiError as error:
            self.note(error.code, error.detail)
        except DeskRefused as error:
            self.note("desk", str(error))
        return None

    def note(self, code: str, detail: str) -> None:
        """Counts a refusal, and keeps the first of its kind."""
        self.refusals[code] += 1
        self.examples.setdefault(code, detail)

    async def confirmed(self, bill_id: UUID) -> None:
        """The clerk confirms a bill, and tries again while an institution does not answer."""
        for _ in range(_TRIES):
            try:
                return await confirm_bill(self.office, bill_id, CLERK)
            except Unavailable as error:
                self.note(error.code, error.detail)
                await self.timeline.minutes(2)
        raise TimeoutError(f"bill {bill_id} could not be confirmed in {_TRIES} tries")

    async def state_of(self, bill_id: UUID) -> str:
        """The state of a bill."""
        async with self.office.database.connect() as db:
            return str(await db.scalar(select(bill.c.state).where(bill.c.id == bill_id)))
