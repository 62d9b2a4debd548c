"""Signed UnionPay notifications over HTTP to durable and answered: requests a second, p50, p99.

One worker and two, beside the same endpoint with one commit a request and the same without a database, in one run on
one machine that also plays the 64 callers. The last line is JSON.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

import asyncpg

from adapters.simulator.acp_wire import sign
from adapters.simulator.certificates import Keys, open_keys
from adapters.simulator.setup import read_regions
from api.cli.rehearse.outside import free_port
from api.wiring import EXAMPLE_REGIONS
from benchmarks.answering import wait_until_it_answers
from benchmarks.callback_server import REGION
from benchmarks.many_bills import AMOUNT_FEN, OpenOrder, lay_out
from benchmarks.office import bench_house
from foundation import clock
from foundation.database import migrate, transaction
from foundation.postgres import create_database, running
from ledger import open_accounts
from settlement import postings

CONNECTIONS = 64
REAL, ONE_COMMIT, LIMIT = f"/v1/notifications/acp/{REGION}", "/bench/one-commit", "/bench/limit"
MOST_A_SECOND = {REAL: 4_500, ONE_COMMIT: 2_500, LIMIT: 1}


def notification(merchant: str, order: OpenOrder, keys: Keys) -> bytes:
    """What UnionPay would send of a paid order: 22 fields, signed."""
    local = clock.local(order.started_at)
    fields = {
        "version": "5.1.0",
        "encoding": "UTF-8",
        "signMethod": "01",
        "txnType": "01",
        "txnSubType": "01",
        "bizType": "000201",
        "accessType": "0",
        "merId": merchant,
        "orderId": order.order_id,
        "txnTime": f"{local:%Y%m%d%H%M%S}",
        "txnAmt": str(AMOUNT_FEN),
        "currencyCode": "156",
        "queryId": order.query_id,
        "respCode": "00",
        "respMsg": "success",
        "settleAmt": str(AMOUNT_FEN),
        "settleCurrencyCode": "156",
        "settleDate": f"{local:%m%d}",
        "traceNo": "000001",
        "traceTime": f"{local:%m%d%H%M%S}",
    }
    return urlencode(sign(fields, keys.signer)).encode()


@contextmanager
def served(url: str, keys: Path, workers: int) -> Iterator[int]:
    """The application in processes of its own; the port once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "benchmarks.callback_server:app", "--port", str(port)]
    options = ["--workers", str(workers), "--log-level", "warning", "--no-access-log"]
    environment = {**os.environ, "HEYI_BENCH_URL": url, "HEYI_BENCH_KEYS": str(keys)}
    server = subprocess.Popen([*command, *options], env=environment)  # noqa: S603 - our own server
    try:
        wait_until_it_answers(server, port)
        time.sleep(1)  # the other workers come up a moment later
        yield port
    finally:
        server.terminate()
        server.wait()


async def load(port: int, path: str, bodies: list[bytes], seconds: float) -> dict[str, float]:
    """Sends bodies over CONNECTIONS connections until the time or the bodies are up."""
    head = f"POST {path} HTTP/1.1\r\nHost: heyi\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
    took: list[float] = []
    refused = 0
    until = time.perf_counter() + seconds

    async def caller() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while bodies and time.perf_counter() < until:
            body = bodies[0] if path == LIMIT else bodies.pop()
            start = time.perf_counter()
            writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            took.append((time.perf_counter() - start) * 1000)
            refused += not answer.startswith(b"HTTP/1.1 200")
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CONNECTIONS)))
    if refused:
        raise RuntimeError(f"{refused} of {len(took)} notifications were not answered with 200")
    cuts = quantiles(took, n=100)
    return {"per_s": len(took) / (time.perf_counter() - start), "p50_ms": cuts[49], "p99_ms": cuts[98]}


async def prepared(url: str, keys: Path, count: int) -> list[bytes]:
    """Lays out bills and signs a notification for each."""
    house = bench_house(url, keys)
    region = house.office.regions[REGION]
    owner = await asyncpg.connect(url.replace("+asyncpg", ""))
    orders = await lay_out(owner, region, count)
    await owner.close()
    async with transaction(house.office.database) as db:
        await open_accounts(db, postings.accounts(region, []))
    await house.close()
    signing = open_keys(keys, read_regions(EXAMPLE_REGIONS))
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda order: notification(region.channel.merchant, order, signing), orders))


def measure(url: str, keys: Path, seconds: float) -> dict[str, Any]:
    """Each endpoint for some seconds, each notification once."""
    found = {}
    for name, workers, path in (
        ("one worker", 1, REAL),
        ("one commit", 1, ONE_COMMIT),
        ("limit", 1, LIMIT),
        ("two workers", 2, REAL),
    ):
        bodies = asyncio.run(prepared(url, keys, int(seconds * MOST_A_SECOND[path]) + 1))
        with served(url, keys, workers) as port:
            found[name] = asyncio.run(load(port, path, bodies, seconds))
        print(
            f"{name:12} {found[name]['per_s']:8.0f} a second  p50 {found[name]['p50_ms']:6.1f} ms  "
            f"p99 {found[name]['p99_ms']:6.1f} ms",
            flush=True,
        )
    one, naive, limit = found["one worker"], found["one commit"], found["limit"]
    ratios = f"{one['per_s'] / naive['per_s']:.2f} x one commit each, {one['per_s'] / limit['per_s']:.2f} x limit"
    print(f"one worker: {ratios}")
    return {
        "callbacks_per_s": {"1": round(one["per_s"]), "2": round(found["two workers"]["per_s"])},
        "p50_ms": round(one["p50_ms"], 1),
        "p99_ms": round(one["p99_ms"], 1),
        "naive_callbacks_per_s": round(naive["per_s"]),
        "limit_callbacks_per_s": round(limit["per_s"]),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=4.0)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as home:
        Path(home).chmod(0o711)  # under root the server runs as another account, which must pass through
        keys = Path(home, "keys")
        with running(Path(home, "data")) as server:
            create_database(server, "bench")
            url = server.url("bench")
            migrate(url)
            result = measure(url, keys, options.seconds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
