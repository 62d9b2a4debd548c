"""A house and its simulator for walks that hypothesis takes through plain functions."""

import asyncio
from collections.abc import Awaitable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy import select

from adapters.simulator.records import Movement, Order
from api.wiring import House, build
from foundation import clock
from foundation.errors import HeyiError
from foundation.settings import Settings
from ledger import balances
from tests.played import Played
from tests.recorded import every_step

REGION = "341502"
Result = TypeVar("Result")


class World:
    """One house and one simulator for all examples: the book only grows, and so does the truth."""

    def __init__(self, house: House, played: Played, runner: asyncio.Runner) -> None:
        self.house = house
        self.played = played
        self.runner = runner
        self.cases = 0

    def do(self, work: Awaitable[Result]) -> Result:
        async def act() -> Result:
            return await work

        return self.runner.run(act())

    def may(self, work: Awaitable[Result]) -> Result | None:
        """Does what may be refused: a refusal has to leave everything as it was, which the invariants see."""
        try:
            return self.do(work)
        except HeyiError:
            return None

    def later(self, minutes: float) -> None:
        self.played.set_clocks(clock.now() + timedelta(minutes=minutes))

    def payments(self) -> dict[str, tuple[Order, Movement]]:
        """Every payment that the channel took, by its query id."""
        orders = self.played.simulator.world.orders.values()
        return {payment.query_id: (order, payment) for order in orders for payment in order.payments}

    def rows(self, statement: Any) -> list[Any]:
        async def read() -> list[Any]:
            async with self.house.office.database.connect() as db:
                return list((await db.execute(statement)).all())

        return self.do(read())

    def balance(self, cls: str) -> int:
        async def read() -> int:
            async with self.house.office.database.connect() as db:
                return sum(one.balance for one in await balances(db, f"{REGION}:{cls}"))

        return self.do(read())


def worlds(database_url: str, played: Played, folder: Path, regions: Path | None = None) -> Iterator[World]:
    """A house on a loop of its own, since hypothesis walks in plain functions; until the fixture ends."""
    with asyncio.Runner() as runner:

        async def made() -> House:
            return build(Settings(regions=regions), database_url, folder / "keys", played.environment)

        house = runner.run(made())
        yield World(house, played, runner)
        runner.run(house.close())
        clock.come_back()


def walked(machine: type[RuleBasedStateMachine], world: World, *, examples: int, steps: int) -> set[str]:
    """Takes the same walks in every run; every `machine:state` that anything went to."""
    walk = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=walk)
    return {row[0] for row in world.rows(select(every_step.c.machine + ":" + every_step.c.went_to).distinct())}
