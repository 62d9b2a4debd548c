"""One database server for the whole run; each worker gets a database of its own, cloned from a migrated one."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from foundation import clock
from foundation.database import migrate
from foundation.postgres import Server, create_database, drop_database, running
from foundation.settings import Settings

if TYPE_CHECKING:  # a test of one room does not load the whole house
    from api.wiring import House
    from tests.played import Played

# A run says the same as the one before it, on a machine of any speed. --hypothesis-profile=default looks further.
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")

_HOME = "HEYI_TEST_HOME"  # goes from the process that was called to its xdist workers; or many runs are given one
_GIVEN = _HOME in os.environ
_TEMPLATE = os.environ.get("HEYI_TEST_TEMPLATE", "heyi_template")  # mutation testing makes one of its own


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and not _GIVEN:
        home = Path(tempfile.mkdtemp(prefix="heyi-tests-", dir=_in_memory()))
        home.chmod(0o711)  # under root the server runs as another account, which must pass through
        os.environ[_HOME] = str(home)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and not _GIVEN:
        shutil.rmtree(os.environ.pop(_HOME), ignore_errors=True)


def _in_memory() -> Path | None:
    """Where a server starts and clones databases in a tenth of the time, on a machine that has the room."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free >= 4 * 2**30 else None


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    """The server that all workers of this run share."""
    with running(Path(os.environ[_HOME])) as server:
        yield server


@pytest.fixture(scope="session")
def database_url(database_server: Server, worker_id: str) -> Iterator[str]:
    """The address of this worker's own database, with the schema of today."""
    _make_template(database_server)
    name = f"heyi_{worker_id}_{os.getpid()}"
    _clone_template(database_server, name)
    yield database_server.url(name)
    drop_database(database_server, name)


def _make_template(server: Server) -> None:
    """Migrates the template once; the other workers wait for the first."""
    with Path(os.environ[_HOME], _TEMPLATE).open("a") as made:
        fcntl.flock(made, fcntl.LOCK_EX)
        if os.fstat(made.fileno()).st_size == 0:
            drop_database(server, _TEMPLATE)  # of a worker whose migration failed
            create_database(server, _TEMPLATE)
            migrate(server.url(_TEMPLATE))
            made.write("migrated\n")


def _clone_template(server: Server, name: str) -> None:
    """Copies files rather than pages through the log: hundreds of tests begin with a fresh database."""
    server.psql(
        """SET file_copy_method = clone;
           CREATE DATABASE :"name" TEMPLATE :"template" STRATEGY FILE_COPY""",
        name=name,
        template=_TEMPLATE,
    )


@pytest.fixture
def own_database_url(database_server: Server, database_url: str, worker_id: str) -> Iterator[str]:
    """A fresh database for one test that needs a day, or a list, to itself."""
    name = f"heyi_own_{worker_id}_{os.getpid()}"
    _clone_template(database_server, name)
    yield database_server.url(name)
    drop_database(database_server, name)


@pytest.fixture
def played(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Played]":
    """The outside world of one test, served over HTTP."""
    from tests.played import playing

    yield from playing(tmp_path_factory.getbasetemp() / "simulator-keys")


@pytest.fixture
def day(played: "Played") -> date:
    """The clearing day of the test: a day in the past, at noon."""
    from tests.days import noon_of_a_past_day

    return noon_of_a_past_day(played)


@pytest.fixture
async def house(own_database_url: str, played: "Played", tmp_path: Path) -> "AsyncIterator[House]":
    """A Heyi put together on a database of its own, connected to the played institutions."""
    from api.wiring import build

    made = build(Settings(), own_database_url, tmp_path / "keys", played.environment)
    yield made
    await made.close()
    clock.come_back()
