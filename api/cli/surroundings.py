"""What a command needs around it: a migrated database, keys, and, where no real ones are named, the outside world."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.simulator.server import Simulator
from adapters.simulator.setup import read_regions
from api.wiring import EXAMPLE_REGIONS
from foundation import postgres
from foundation.database import engine, migrate
from foundation.settings import Settings, settings
from settlement.rule_sets import current

OUTSIDE = "HEYI_OUTSIDE"
SOCKET = "HEYI_OUTSIDE_SOCKET"
KEYS = "HEYI_KEYS"

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where things are. `simulated` is the simulator's address, or None where real institutions are named."""

    database_url: str
    home: Path
    environment: dict[str, str]
    simulated: str | None


@contextmanager
def surroundings(given: Settings, *, fresh: str | None = None, outside: bool = True) -> Iterator[Surroundings]:
    """Starts or joins what is missing, and stops it again.

    `fresh` names a database that is made anew and dropped at the end (on the embedded server only); without it the
    lasting one is used. `outside=False` starts no simulator.
    """
    home = given.home or postgres.default_home()
    with ExitStack() as stack:
        url = given.database_url if fresh is None else None
        if url is None:
            url = stack.enter_context(_embedded(home, fresh))
        migrate(url)
        asyncio.run(_register_rules(url))
        environment = {KEYS: str(home / "keys"), **os.environ}
        simulated = None
        if outside and OUTSIDE not in os.environ:
            keys = home / "simulator-keys"
            simulator = Simulator(read_regions(given.regions or EXAMPLE_REGIONS), keys)
            simulated = stack.enter_context(simulator.serving())
            environment |= {OUTSIDE: simulated, SOCKET: simulator.socket_address, KEYS: str(keys)}
        yield Surroundings(url, home, environment, simulated)


def on_the_database(act: Callable[[AsyncEngine], Awaitable[Done]]) -> Done:
    """Runs a piece of work on the database that the settings name, and nothing else around it."""

    async def run(url: str) -> Done:
        made = engine(url)
        try:
            return await act(made)
        finally:
            await made.dispose()

    with surroundings(settings(), outside=False) as around:
        return asyncio.run(run(around.database_url))


async def _register_rules(url: str) -> None:
    """Sees to it that a set is in force: in an empty database the one that this release delivers."""
    database = engine(url)
    async with database.begin() as db:
        await current(db)
    await database.dispose()


@contextmanager
def _embedded(home: Path, fresh: str | None) -> Iterator[str]:
    with postgres.running(home) as server:
        name = fresh or "heyi"
        if fresh is not None:
            postgres.drop_database(server, name)
        if name not in server.psql("SELECT datname FROM pg_database").split():
            postgres.create_database(server, name)
        try:
            yield server.url(name)
        finally:
            if fresh is not None:
                postgres.drop_database(server, name)
