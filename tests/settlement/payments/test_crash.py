"""The application killed, and its database connections cut, while notifications come in over HTTP.

What was answered is paid, booked and followed up, each once; what was not answered came again and is there as well.
HEYI_CRASH_ROUNDS says how many rounds (1 without it).
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from adapters.simulator.certificates import open_keys
from adapters.simulator.setup import read_regions
from api.wiring import EXAMPLE_REGIONS, House
from benchmarks.bench_callbacks import REAL, REGION, notification
from benchmarks.many_bills import AMOUNT_FEN, lay_out
from benchmarks.office import bench_house
from foundation.database import transaction
from ledger import open_accounts, verify
from settlement import postings
from tests.ledger.test_crash import lines
from tests.ports import kept_port
from tests.settlement.payments.crash_caller import send_all

ROOT = Path(__file__).resolve().parents[3]
ORDERS = 200


class Server:
    """The application in a process of its own, on one port, that can be killed and started again."""

    def __init__(self, url: str, keys: Path, port: int) -> None:
        self._environment = {**os.environ, "HEYI_BENCH_URL": url, "HEYI_BENCH_KEYS": str(keys)}
        self._port = port
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """Where notifications go."""
        return f"http://127.0.0.1:{self._port}{REAL}"

    async def start(self) -> None:
        """Starts it; callers try until it answers."""
        options = ("--port", str(self._port), "--log-level", "error", "--no-access-log")
        command = (sys.executable, "-m", "uvicorn", "--factory", "benchmarks.callback_server:app", *options)
        self._process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=self._environment)

    async def kill(self) -> None:
        """Kills it without a word."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


@asynccontextmanager
async def owner_of(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        yield connection
    finally:
        await connection.close()


async def disturb(server: Server, owner: asyncpg.Connection, answered: Path, chance: random.Random) -> None:
    """Cuts the connections, then kills the process, at moments by chance, while there is something to do."""
    for enough in (ORDERS // 4, ORDERS // 2):
        while lines(answered) < enough:  # noqa: ASYNC110 - the other side is a process
            await asyncio.sleep(0.02)
        await asyncio.sleep(chance.uniform(0, 0.1))
        if enough == ORDERS // 4:
            await owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        else:
            await server.kill()
            await server.start()


async def assert_paid_once(house: House, order_ids: list[str]) -> None:
    """Each order is paid, its bill too, and the book holds each exactly once."""
    async with house.office.database.connect() as db:
        states = await db.execute(
            text("SELECT order_id, channel_order.state, bill.state FROM channel_order JOIN bill ON bill.id = bill_id")
        )
        assert {tuple(row) for row in states} == {(one, "paid", "paid") for one in order_ids}
        booked = await db.scalar(
            text("SELECT debits FROM ledger.account_total JOIN ledger.account ON id = account_id WHERE code LIKE :at"),
            {"at": f"{REGION}:channel_transit:%"},
        )
        applied = await db.scalar(text("SELECT count(*) FROM inbox WHERE outcome = 'applied'"))
        followed = await db.scalars(text("SELECT convert_from(payload, 'UTF8') FROM pgqueuer"))
        bills = [bill for keys in followed for bill in keys.split()]
    assert booked == AMOUNT_FEN * len(order_ids)
    assert applied == len(bills) == len(set(bills)) == len(order_ids)
    assert (await verify(house.office.database)).findings == ()


@pytest.fixture
def port() -> Iterator[int]:
    """The server's, while it is dead too."""
    with kept_port() as kept:
        yield kept


@pytest.mark.parametrize("seed", range(int(os.environ.get("HEYI_CRASH_ROUNDS", "1"))))
async def test_a_notification_that_was_answered_is_paid_once(
    own_database_url: str, tmp_path: Path, seed: int, port: int
) -> None:
    keys, answered = tmp_path / "keys", tmp_path / "answered"
    answered.touch()
    house = bench_house(own_database_url, keys)
    region = house.office.region(REGION)
    signer = open_keys(keys, read_regions(EXAMPLE_REGIONS))
    server = Server(own_database_url, keys, port)
    try:
        async with owner_of(own_database_url) as owner:
            async with transaction(house.office.database) as db:
                await open_accounts(db, postings.accounts(region, []))
            orders = await lay_out(owner, region, ORDERS)
            bodies = {one.order_id: notification(region.channel.merchant, one, signer) for one in orders}
            await server.start()
            async with asyncio.timeout(180):
                chance = random.Random(seed)
                await asyncio.gather(
                    send_all(lambda: server.address, bodies, answered), disturb(server, owner, answered, chance)
                )
        await assert_paid_once(house, sorted(bodies))
    finally:
        await server.kill()
        await house.close()
