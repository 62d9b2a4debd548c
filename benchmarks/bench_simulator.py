"""The simulator's orders a second: signed orders taken in; and whole lives, paid at its cashier and notified as well.

One process plays the institutions, this one the merchants and their payers; both are on one machine. Beside it, in the
same run, the limit of the framework: as many bare requests, answered with nothing. The last line is JSON.
"""

import argparse
import asyncio
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

import uvloop
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.simulator.acp_wire import digest
from adapters.simulator.certificates import Keys, open_keys
from adapters.simulator.setup import RegionSetup, Setup, read_regions
from api.cli.rehearse.outside import free_port
from api.wiring import EXAMPLE_REGIONS
from benchmarks.answering import UP_SECONDS, wait_until_it_answers
from foundation import clock

REGION = "341502"
PAYERS = 64
ORDER, PAY = "/gateway/api/frontTransReq.do", "/cashier/{token}/pay"
_FORM = "application/x-www-form-urlencoded"
_TAKEN = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


def limit() -> Starlette:
    """The same framework, which reads each request and does nothing."""

    async def nothing(request: Request) -> Response:
        await request.body()
        return Response(status_code=303, headers={"location": "/cashier/none"})

    return Starlette(routes=[Route(path, nothing, methods=["POST"]) for path in (ORDER, PAY)])


def signed_orders(count: int, folder: Path, setup: Setup, back_url: str) -> list[bytes]:
    """Orders of a merchant, each signed, half of each for the treasury and half for finance."""
    keys = open_keys(folder, setup)
    region = next(one for one in setup.regions if one.region == REGION)
    key = serialization.load_pem_private_key((folder / f"{region.merchant}.key").read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    now = clock.local_now()

    def order(number: int) -> bytes:
        fields = _order(number, region, keys, f"{now:%Y%m%d%H%M%S}", f"{now + timedelta(hours=2):%Y%m%d%H%M%S}")
        fields["backUrl"] = back_url
        signature = key.sign(digest(fields), PKCS1v15(), hashes.SHA256())
        return urlencode(fields | {"signature": base64.b64encode(signature).decode()}).encode()

    with ThreadPoolExecutor() as pool:
        return list(pool.map(order, range(count)))


def _order(number: int, region: RegionSetup, keys: Keys, now: str, until: str) -> dict[str, str]:
    halves = [
        {"accSplitMerId": receiver, "accSplitAmt": "8000"}
        for receiver in (region.treasury_receiver, region.non_tax_receiver)
    ]
    split = json.dumps({"accSplitType": "1", "accSplitMchts": halves}).encode()
    return {
        "version": "5.1.0",
        "encoding": "UTF-8",
        "signMethod": "01",
        "certId": str(keys.merchants[region.merchant].serial_number),
        "txnType": "01",
        "txnSubType": "01",
        "bizType": "000201",
        "channelType": "08",
        "accessType": "0",
        "merId": region.merchant,
        "orderId": f"BENCH{number:010d}",
        "txnTime": now,
        "txnAmt": "16000",
        "currencyCode": "156",
        "payTimeout": until,
        "frontUrl": "http://127.0.0.1:9/back",
        "accSplitData": base64.b64encode(split).decode(),
    }


@contextmanager
def serving(*command: str) -> Iterator[tuple[int, int]]:
    """A server in a process of its own, by a command that takes a port: port and process id once it answers."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", *command, "--port", str(port)], stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        wait_until_it_answers(server, port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


def _cpu_seconds(process: int) -> float:
    """Processor time of a process so far; what else runs on the machine does not count."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Merchant:
    """Where notifications come in: takes each and counts it."""

    def __init__(self) -> None:
        self.notified = 0
        self._enough = asyncio.Event()
        self._expected = sys.maxsize

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers every request of a connection with 200."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_length(head))
                self.notified += 1
                if self.notified >= self._expected:
                    self._enough.set()
                writer.write(_TAKEN)
        except asyncio.IncompleteReadError:
            writer.close()

    async def have(self, count: int) -> None:
        """Waits until so many have come."""
        self._expected = count
        if self.notified < count:
            await asyncio.wait_for(self._enough.wait(), UP_SECONDS)


@dataclass(frozen=True, slots=True)
class Speed:
    """So many orders in so many seconds of the clock and of the server's processors, and each one's milliseconds."""

    orders: int
    seconds: float
    cpu_seconds: float
    took_ms: Sequence[float]

    @property
    def per_s(self) -> float:
        return self.orders / self.seconds

    @property
    def per_cpu_s(self) -> float:
        return self.orders / self.cpu_seconds

    def line(self, what: str) -> str:
        """For people."""
        cuts = quantiles(self.took_ms, n=100)
        by_cpu = f"{self.per_cpu_s:7.0f} a second of its own processor time"
        return f"{what:<10}{self.per_s:7.0f} a second,{by_cpu}, p50 {cuts[49]:6.1f} ms  p99 {cuts[98]:6.1f} ms"


async def load(
    server: tuple[int, int], orders: list[bytes], seconds: float, *, pay: bool, merchant: Merchant | None = None
) -> Speed:
    """Payers who order, and pay where wished, one after the other on PAYERS connections. Orders are used up.

    `server` is its port and process. With a `merchant`, it takes as long as all its notifications need to come in.
    """
    port, process = server
    took: list[float] = []
    start, busy = time.perf_counter(), _cpu_seconds(process)

    async def payer() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while orders and time.perf_counter() < start + seconds:
            begun = time.perf_counter()
            head = await _post(reader, writer, ORDER, orders.pop())
            if pay:
                location = head.split(b"location: ")[1].split(b"\r\n")[0].decode()
                await _post(reader, writer, f"{location}/pay", b"")
            took.append((time.perf_counter() - begun) * 1000)
        writer.close()

    await asyncio.gather(*(payer() for _ in range(PAYERS)))
    if merchant:
        await merchant.have(len(took))
    return Speed(len(took), time.perf_counter() - start, _cpu_seconds(process) - busy, took)


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: s\r\ncontent-type: {_FORM}\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(_length(answer))
    if answer[9:12] not in (b"200", b"303"):
        raise RuntimeError(f"{path} was answered with {answer[9:12].decode()}")
    return answer


def _length(head: bytes) -> int:
    return int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])


async def measure(seconds: float, most: int) -> dict[str, Any]:
    """The simulator for some seconds: lives, then orders alone. Then the bare framework with the same messages."""
    merchant = Merchant()
    listener = await asyncio.start_server(merchant.serve, "127.0.0.1", 0)
    back_url = "http://{}:{}/notify".format(*listener.sockets[0].getsockname()[:2])
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as home:
        setup, keys = read_regions(EXAMPLE_REGIONS), Path(home, "keys")
        orders = signed_orders(int(seconds * most), keys, setup, back_url)
        bare_orders = list(orders)
        line = str(free_port())  # CNNONTAX, which nobody speaks here
        regions = ("--keys", str(keys), "--regions", str(EXAMPLE_REGIONS))
        with serving("adapters.simulator.command", *regions, "--socket-port", line) as server:
            lives = await load(server, orders, seconds * 2 / 3, pay=True, merchant=merchant)
            taken_in = await load(server, orders, seconds / 3, pay=False)
    bare = ("uvicorn", "--factory", "benchmarks.bench_simulator:limit", "--log-level", "warning", "--no-access-log")
    with serving(*bare) as server:
        limit_lives = await load(server, bare_orders, seconds / 2, pay=True)
    listener.close()
    print(lives.line("lives"))
    print(taken_in.line("taken in"))
    print(limit_lives.line("bare"))
    return {
        "lives": lives.orders,
        "notified": merchant.notified,
        "lives_per_s": round(lives.per_s),
        "lives_per_cpu_s": round(lives.per_cpu_s),
        "orders_taken_in": taken_in.orders,
        "orders_per_s": round(taken_in.per_s),
        "orders_per_cpu_s": round(taken_in.per_cpu_s),
        "limit_lives_per_cpu_s": round(limit_lives.per_cpu_s),
        "lives_of_limit": round(lives.per_cpu_s / limit_lives.per_cpu_s, 3),
        "orders_of_limit": round(taken_in.per_cpu_s / (2 * limit_lives.per_cpu_s), 3),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=6.0)
    asked.add_argument("--most", type=int, default=4_000, help="orders a second that are prepared")
    options = asked.parse_args()
    print(json.dumps(uvloop.run(measure(options.seconds, options.most))))


if __name__ == "__main__":
    main()
