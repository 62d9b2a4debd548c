"""How fast the book posts, beside TPC-B and a naive version on the same server.

    python -m benchmarks.bench_ledger [--rounds 3] [--seconds 3] [--history 1000000] [--hordak-python PATH]

Starts a PostgreSQL of its own with fsync and synchronous_commit on, prints a table, and as its last line JSON.
A payment is one entry of three transfers, all of which credit one hot treasury account. The callers' payments are laid
out before the clock starts, as the whole path's letters are: making them up is no part of the ledger. Each round
begins with a checkpoint: none falls into a measurement then, and the log's files are used again, as on a server that
has run for a while. With --hordak-python, an interpreter that has django-hordak and psycopg, the same payments are
also made by django-hordak.
"""

import argparse
import asyncio
import gc
import json
import re
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

import asyncpg
import uvloop

from benchmarks import full_path
from benchmarks.naive import Naive
from foundation.database import APPLICATION_ROLE, Lines, engine, migrate, transaction
from foundation.group_commit import GroupCommit
from foundation.postgres import Server, create_database, drop_database, running
from foundation.postgres.account import ENVIRONMENT
from ledger import Account, AccountClass, Entry, EntryKind, Posted, Transfer, balances_as_of, open_accounts
from ledger.posting import post_all_on, post_each_on

REGION = "341502"
DAY = date(2026, 3, 17)
HOT = f"{REGION}:due_treasury:hot"
PAYERS = [f"{REGION}:receivable:{number}" for number in range(20)]
SIZES = (1, 30, 300, 3_000)
CALLERS = (1, 8, 32)
LEDGER_MOST = 40_000
FULL_PATH_MOST = 16_000
"""Payments laid out for each second of the ledger alone and of the whole path: more than they can take."""
random = Random(1)  # noqa: S311


def payment(transfers: int = 3, on: date = DAY) -> Entry:
    first = random.randrange(len(PAYERS))
    moves = tuple(Transfer(PAYERS[(first + i) % len(PAYERS)], HOT, 100 + i) for i in range(transfers))
    return Entry(uuid4(), EntryKind.bill_confirmed, on, "34150226031700001", moves)


async def connected(url: str) -> asyncpg.Connection:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute(f"SET ROLE {APPLICATION_ROLE}")
    return connection


async def transfers_per_second(url: str, size: int, seconds: float) -> float:
    """One connection, one commit a batch of `size` transfers."""
    connection = await connected(url)
    per_entry = min(size, 3)
    done, taken = 0, 0.0
    while taken < seconds:
        batch = [payment(per_entry) for _ in range(size // per_entry)]
        begun = time.perf_counter()
        await post_all_on(connection, batch)
        taken += time.perf_counter() - begun
        done += size
    await connection.close()
    return done / taken


async def hammered(submit: Callable[[], Awaitable[Any]], callers: int, seconds: float) -> tuple[float, float, float]:
    """Calls by `callers` side by side, each waiting for its answer: a second, p50 and p99 in ms."""
    times: list[float] = []
    gc.collect()
    gc.freeze()  # what was laid out beforehand is not gone through again at every collection
    until = time.perf_counter() + seconds

    async def caller() -> None:
        while (begun := time.perf_counter()) < until:
            await submit()
            times.append(time.perf_counter() - begun)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    taken = time.perf_counter() - started
    gc.unfreeze()
    cuts = quantiles(times, n=100)
    return len(times) / taken, cuts[49] * 1000, cuts[98] * 1000


async def payments_per_second(url: str, callers: int, seconds: float) -> tuple[float, float, float]:
    """The ledger alone through group commit, a statement and a commit a batch, by one writer."""
    async with Lines(made := engine(url)) as lines:

        async def write(entries: list[Entry]) -> Sequence[Posted | Exception]:
            async with lines.one() as connection:
                return await post_each_on(connection, entries)

        async with GroupCommit(write) as group:
            ready = [payment() for _ in range(int(LEDGER_MOST * seconds))]
            result = await hammered(lambda: group.submit(ready.pop()), callers, seconds)
    await made.dispose()
    return result


async def naive_per_second(url: str, callers: int, seconds: float) -> tuple[float, float, float]:
    async with AsyncExitStack() as stack:
        naive = await stack.enter_async_context(Naive.opened(url))
        return await hammered(naive.pay, callers, seconds)


async def full_path_per_second(url: str, callers: int, seconds: float) -> tuple[float, float, float]:
    owner = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    async with full_path.opened(url, owner, int(seconds * FULL_PATH_MOST)) as submit:
        result = await hammered(submit, callers, seconds)
    await owner.close()
    return result


def hordak(server: Server, python: str, callers: int, seconds: float) -> float:
    """Payments a second through django-hordak, in a process of its own with a thread for each caller."""
    drop_database(server, "hordak")
    create_database(server, "hordak")
    database = {
        "HOST": str(server.socket_dir),
        "PORT": str(server.port),
        "USER": server.user,
        "PASSWORD": server.password,
        "NAME": "hordak",
    }
    script = str(Path(__file__).with_name("hordak_payments.py"))
    ran = subprocess.run(  # noqa: S603
        [python, script, json.dumps(database), str(seconds), str(callers)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(ran.stdout)


def tpcb(server: Server, seconds: float) -> float:
    """pgbench's TPC-B, scale 10, 32 clients, transactions a second."""
    create_database(server, "tpcb")
    options = [f"--host={server.socket_dir}", f"--port={server.port}", f"--username={server.user}", "tpcb"]
    program = str(server.binaries / "pgbench")
    environment = ENVIRONMENT | {"PGPASSWORD": server.password}
    subprocess.run(  # noqa: S603
        [program, "-i", "-q", "-s", "10", *options], check=True, capture_output=True, env=environment
    )
    ran = subprocess.run(  # noqa: S603
        [program, "-c", "32", "-j", "2", "-T", str(max(1, round(seconds))), *options],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    server.psql("DROP DATABASE tpcb")
    return float(re.search(r"tps = ([0-9.]+)", ran.stdout)[1])  # type: ignore[index]


async def balance_as_of_ms(url: str, history: int) -> float:
    """The hot account's balance as of a day, after `history` transfers over three years; the median, in ms."""
    connection = await connected(url)
    days = [DAY - timedelta(days=back) for back in range(1_000)]
    for batch in range(0, history, 8_100):
        await post_all_on(connection, [payment(300, days[(batch // 300 + i) % 1_000]) for i in range(27)])
    await connection.close()
    made = engine(url)
    times = []
    async with transaction(made) as db:
        for _ in range(50):
            begun = time.perf_counter()
            await balances_as_of(db, random.choice(days), prefix=HOT)
            times.append(time.perf_counter() - begun)
    await made.dispose()
    return median(times) * 1000


async def measure(
    server: Server, rounds: int, seconds: float, history: int, hordak_python: str | None
) -> dict[str, Any]:
    create_database(server, "bench")
    url = server.url("bench")
    migrate(url)
    made = engine(url)
    async with transaction(made) as db:
        await open_accounts(
            db,
            [Account(code, REGION, AccountClass.receivable) for code in PAYERS]
            + [Account(HOT, REGION, AccountClass.due_treasury)],
        )
    await made.dispose()
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        server.psql("CHECKPOINT")
        for size in SIZES:
            found.setdefault(f"transfers {size}", []).append(await transfers_per_second(url, size, seconds))
        for callers in CALLERS:
            rate, p50, p99 = await payments_per_second(url, callers, seconds)
            found.setdefault(f"payments {callers}", []).append(rate)
            found.setdefault(f"p50 {callers}", []).append(p50)
            found.setdefault(f"p99 {callers}", []).append(p99)
        found.setdefault("naive", []).append((await naive_per_second(url, 32, seconds))[0])
        found.setdefault("full path", []).append((await full_path_per_second(url, 32, seconds))[0])
        if hordak_python:
            rate = await asyncio.to_thread(hordak, server, hordak_python, 32, seconds)
            found.setdefault("hordak", []).append(rate)
        found.setdefault("tpcb", []).append(await asyncio.to_thread(tpcb, server, seconds))
    middle = {name: median(values) for name, values in found.items()}
    return {
        "transfers_per_s": {str(size): round(middle[f"transfers {size}"]) for size in SIZES},
        "payments_per_s": {str(callers): round(middle[f"payments {callers}"]) for callers in CALLERS},
        "p50_ms": {str(callers): round(middle[f"p50 {callers}"], 2) for callers in CALLERS},
        "p99_ms": {str(callers): round(middle[f"p99 {callers}"], 2) for callers in CALLERS},
        "full_path_payments_per_s": round(middle["full path"]),
        "naive_payments_per_s": round(middle["naive"]),
        "hordak_payments_per_s": round(middle["hordak"]) if hordak_python else None,
        "tpcb_tps": round(middle["tpcb"]),
        "balance_as_of_ms": round(await balance_as_of_ms(url, history), 3),
    }


def show(result: dict[str, Any]) -> None:
    tpcb_rate, naive = result["tpcb_tps"], result["naive_payments_per_s"]
    print(f"{'TPC-B, scale 10, 32 clients':44}{tpcb_rate:>10,} a second")
    print(f"{'naive ORM payments, 32 callers':44}{naive:>10,} a second")
    if (rate := result["hordak_payments_per_s"]) is not None:
        print(f"{'django-hordak payments, 32 callers':44}{rate:>10,} a second")
    for size, rate in result["transfers_per_s"].items():
        print(f"{'transfers, ' + size + ' a batch':44}{rate:>10,} a second {rate / tpcb_rate:8.1f} x TPC-B")
    for callers, rate in result["payments_per_s"].items():
        times = f"p50 {result['p50_ms'][callers]} ms, p99 {result['p99_ms'][callers]} ms"
        ratios = f"{rate / tpcb_rate:8.1f} x TPC-B {rate / naive:6.1f} x naive"
        print(f"{'payments, ' + callers + ' callers':44}{rate:>10,} a second {ratios}   {times}")
    rate = result["full_path_payments_per_s"]
    print(f"{'whole path, 32 callers':44}{rate:>10,} a second {rate / tpcb_rate:8.1f} x TPC-B")
    print(f"{'balance as of a day':44}{result['balance_as_of_ms']:>10} ms")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--seconds", type=float, default=3.0)
    asked.add_argument("--history", type=int, default=1_000_000)
    asked.add_argument("--hordak-python")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as home:
        Path(home).chmod(0o711)  # under root the server runs as another account, which must pass through
        with running(Path(home)) as server:
            result = uvloop.run(  # as the server does
                measure(server, options.rounds, options.seconds, options.history, options.hordak_python)
            )
    show(result)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
