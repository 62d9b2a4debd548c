"""A simulator on a free port, and those who call it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adapters.simulator.server import Simulator
from tests.adapters.simulator.parties import SETUP, Caller, Inbox, Merchant


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def simulator(key_folder: Path) -> Simulator:
    return Simulator(SETUP, key_folder)


@pytest.fixture
def served(simulator: Simulator) -> Iterator[httpx.Client]:
    with simulator.serving() as address, httpx.Client(verify=False, base_url=address, trust_env=False) as client:
        yield client


@pytest.fixture
def merchant(key_folder: Path, simulator: Simulator) -> Merchant:
    return Merchant(key_folder, simulator.world.clock.now())


@pytest.fixture
def caller(served: httpx.Client, key_folder: Path, simulator: Simulator) -> Caller:
    secret = (key_folder / "heyi-341502.secret").read_bytes()
    return Caller(served, secret, simulator.world.clock.now())


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    box = Inbox()
    thread = threading.Thread(target=box.server.serve_forever, daemon=True)
    thread.start()
    yield box
    box.server.shutdown()
    box.server.server_close()
