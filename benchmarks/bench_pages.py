"""Citizens opening the page behind their code, while signed notifications go on coming: pages a second, p50, p99.

Two workers of the application on one machine, which also plays the callers. Citizens and notifications arrive at a
given pace, whether or not the last answer came; a latency counts from the moment of arrival. Each citizen opens a code
of their own. The last line is JSON: `callbacks_per_s` is what was answered of the pace, alone and beside the citizens.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from typing import Any

import asyncpg

from benchmarks.bench_callbacks import REAL, prepared, served
from benchmarks.callback_server import REGION
from benchmarks.many_bills import lay_out
from benchmarks.office import bench_house
from foundation.database import migrate
from foundation.postgres import create_database, running

CODES = 500
"""Codes that citizens open, in turn."""


class Callers:
    """Connections that are kept open; one is opened where all are busy."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, message: bytes) -> tuple[int, int]:
        """Sends a request; the status and the bytes of the answer's body."""
        line = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = line
        writer.write(message)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        size = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(size)
        self._idle.append(line)
        return int(head[9:12]), size


async def paced(callers: Callers, messages: Iterator[bytes], rate: float, seconds: float) -> dict[str, float]:
    """Sends `rate` messages a second; how many were answered a second, and how long they took."""
    took: list[float] = []
    sizes: list[int] = []
    wrong = 0
    start = time.perf_counter()

    async def one(message: bytes, due: float) -> None:
        nonlocal wrong
        status, size = await callers.ask(message)
        took.append((time.perf_counter() - due) * 1000)
        sizes.append(size)
        wrong += status != 200

    running_now = set()
    for place in range(int(rate * seconds)):
        due = start + place / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(next(messages), due))
        running_now.add(task)
        task.add_done_callback(running_now.discard)
    await asyncio.gather(*running_now)
    if wrong:
        raise RuntimeError(f"{wrong} of {len(took)} answers were not 200")
    cuts = quantiles(took, n=100)
    per_s = len(took) / (time.perf_counter() - start)
    return {"per_s": per_s, "p50_ms": cuts[49], "p99_ms": cuts[98], "bytes": sum(sizes) / len(sizes)}


async def codes_to_open(url: str, keys: Path) -> list[bytes]:
    """Requests for the pages of codes that wait to be paid, of bills with parties, reasons and a history."""
    house = bench_house(url, keys)
    owner = await asyncpg.connect(url.replace("+asyncpg", ""))
    first = await owner.fetchval("SELECT count(*) FROM bill") + 1
    await lay_out(owner, house.office.regions[REGION], CODES)
    numbers = [f"{n:019d}" for n in range(first, first + CODES)]
    seal = house.office.seal
    people = {"transferee": ("李晓雯", "110101199003070016"), "transferor": ("赵德海", "110101196001010029")}
    async with owner.transaction():
        await owner.execute(
            "DELETE FROM channel_order USING bill WHERE bill.id = bill_id AND number = ANY($1)", numbers
        )
        for side, (name, identity) in people.items():
            await owner.execute(
                "INSERT INTO party (id, bill_id, side, ordinal, name_sealed, identity_kind, identity_sealed, "
                "identity_digest) SELECT uuidv7(), id, $2, 0, $3, 'resident_id', $4, '' FROM bill "
                "WHERE number = ANY($1)",
                numbers,
                side,
                seal.close(name, "party.name"),
                seal.close(identity, "party.identity"),
            )
        explained = json.dumps({"zh": "首套住房 140 平方米以下，按 1% 征收。", "en": "A first home up to 140 m²: 1%."})
        await owner.execute(
            "UPDATE line SET explanation = $2::jsonb FROM bill WHERE bill.id = bill_id AND number = ANY($1)",
            numbers,
            explained,
        )
        for table in ("bill", "payment_code", "allocation_line"):
            of_bill = "id" if table == "bill" else "bill_id"
            await owner.execute(
                "INSERT INTO transition (machine, subject, event, came_from, went_to, actor, at) "
                f"SELECT $2, {table}.id, 'go', 'a', 'b', 'bench', now() FROM {table} "
                f"JOIN bill AS whose ON whose.id = {table}.{of_bill} WHERE whose.number = ANY($1)",
                numbers,
                table,
            )
    await owner.execute("ANALYZE")
    await owner.close()
    await house.close()
    head = "Host: heyi\r\nAccept-Encoding: gzip\r\nAccept: text/html\r\n\r\n"
    return [f"GET /p/bench-{n} HTTP/1.1\r\n{head}".encode() for n in range(first, first + CODES)]


def posts(bodies: list[bytes]) -> Iterator[bytes]:
    """Requests with notifications, each once."""
    head = f"POST {REAL} HTTP/1.1\r\nHost: heyi\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
    return (f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies)


async def measure(url: str, keys: Path, citizens: float, callbacks: float, seconds: float) -> dict[str, Any]:
    """Notifications alone, then citizens alone, then both."""
    pages = await codes_to_open(url, keys)
    found: dict[str, dict[str, float]] = {}
    bodies = [await prepared(url, keys, int(callbacks * seconds) + 1) for _ in range(2)]
    with served(url, keys, 2) as port:
        warm = Callers(port)
        await paced(warm, cycle(pages), 50, 2)

        async def run(name: str, rate: float, messages: Iterator[bytes]) -> None:
            found[name] = await paced(Callers(port), messages, rate, seconds)

        await run("callbacks alone", callbacks, posts(bodies[0]))
        await run("citizens alone", citizens, cycle(pages))
        await asyncio.gather(
            run("callbacks beside", callbacks, posts(bodies[1])), run("citizens beside", citizens, cycle(pages))
        )
    for name, one in found.items():
        print(f"{name:17} {one['per_s']:7.1f} a second  p50 {one['p50_ms']:6.1f} ms  p99 {one['p99_ms']:7.1f} ms")
    both, own = found["citizens beside"], found["callbacks beside"]
    return {
        "citizens_per_s": round(both["per_s"], 1),
        "p50_ms": round(both["p50_ms"], 1),
        "p99_ms": round(both["p99_ms"], 1),
        "page_bytes": round(both["bytes"]),
        "callbacks_per_s": {"alone": round(found["callbacks alone"]["per_s"], 1), "beside": round(own["per_s"], 1)},
        "callbacks_p99_ms": {"alone": round(found["callbacks alone"]["p99_ms"], 1), "beside": round(own["p99_ms"], 1)},
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=10.0)
    asked.add_argument("--citizens", type=float, default=200.0, help="a second")
    asked.add_argument("--callbacks", type=float, default=200.0, help="a second")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as home:
        Path(home).chmod(0o711)  # under root the server runs as another account, which must pass through
        keys = Path(home, "keys")
        with running(Path(home, "data")) as server:
            create_database(server, "bench")
            url = server.url("bench")
            migrate(url)
            result = asyncio.run(measure(url, keys, options.citizens, options.callbacks, options.seconds))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
