"""The outside world of a rehearsal: the simulator in a process of its own, and its control desk."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from adapters.simulator.faults import OrderFault
from adapters.simulator.setup import Behaviour, read_regions
from settlement.ports.channel import PaymentLink, PaymentStart

_START_SECONDS = 60.0
_PATIENCE = httpx.Timeout(60.0)

_REUSE = httpx.Limits(keepalive_expiry=1.0)
"""Well before the simulator closes a connection that rests: a call must not meet one that is just being closed."""

_NO_WORDS = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)
"""What a page has beside its words."""

BEHAVIOUR = Behaviour(resend_minute_seconds=0.2, arrival_seconds=0)
"""A notification that nobody took comes again soon; what the channel divided is in its account at once."""


class DeskRefused(Exception):
    """What the control desk, or the channel's cashier, did not do; it says why."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Where the institutions answer: their address over HTTP, and host:port of finance's socket."""

    address: str
    socket: str


@contextmanager
def played(regions: Path, keys: Path) -> Iterator[Outside]:
    """Plays the institutions of a folder of region files beside this process."""
    keys.mkdir(parents=True, exist_ok=True)
    port, socket_port = free_port(), free_port()
    with TemporaryDirectory(prefix="heyi-rehearse-") as folder:
        world = Path(folder, "world.json")
        world.write_text(read_regions(regions, BEHAVIOUR).model_dump_json(), encoding="utf-8")
        command = [sys.executable, "-m", "adapters.simulator.command", "--keys", str(keys), "--world", str(world)]
        process = subprocess.Popen(  # noqa: S603 - our own module and arguments, no shell
            [*command, "--port", str(port), "--socket-port", str(socket_port)], stdout=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _await_start(process, address)
            yield Outside(address, f"127.0.0.1:{socket_port}")
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _await_start(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the simulator did not start (exit status {process.returncode})")
        try:
            httpx.get(f"{address}/control/faults", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the simulator did not answer at {address} within {_START_SECONDS:.0f} s")


class Desk:
    """The control desk, the payers' browsers, and the counters at which officers give money back."""

    def __init__(self, address: str) -> None:
        self._client = httpx.AsyncClient(base_url=address, timeout=_PATIENCE, limits=_REUSE, trust_env=False)

    async def __aenter__(self) -> "Desk":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def set_clock(self, moment: datetime) -> None:
        """Sets the institutions' clocks."""
        await self._post("clock", {"now": moment.isoformat()})

    async def plan(self, fault: OrderFault, order_id: str) -> None:
        """Plans a fault for one order."""
        await self._post("faults", fault.model_dump(mode="json") | {"order_id": order_id})

    async def fault(self, **fault: Any) -> Any:
        """Plans any other fault."""
        return await self._post("faults", fault)

    async def calm(self) -> None:
        """From here on nothing goes wrong; what a statement left for the next day still comes."""
        await self._post("calm", {})

    async def hand_back(self, source: str, key: str, amount_fen: int, item: str | None) -> str:
        """An officer gives money back at an institution's own counter; the number of the paper."""
        given = await self._post("hand-backs", {"source": source, "key": key, "amount_fen": amount_fen, "item": item})
        return str(given["reference"])

    async def correct(self, levy_number: str) -> None:
        """The tax officer has the treasury book a voucher under its right subject (更正)."""
        await self._post("corrections", {"number": levy_number})

    async def open_cashier(self, start: PaymentStart) -> None:
        """The payer's phone goes to the channel, by the form or the link that our page gave it."""
        if isinstance(start, PaymentLink):
            answer = await self._client.get(start.address, follow_redirects=True)
        else:
            answer = await self._client.post(start.address, data=dict(start.fields))
        if answer.is_error:
            said = " ".join(_NO_WORDS.sub(" ", answer.text).split())
            raise DeskRefused(f"the cashier did not open: {answer.status_code} {said[:300]}")

    async def pay(self, order_id: str) -> None:
        """The payer pays an order whose cashier was opened."""
        await self._post("payments", {"order_id": order_id})

    async def card(self, region: str, terminal: str, how: str) -> None:
        """A person before a card terminal: tap, decline, walk_away."""
        await self._post("cards", {"region": region, "terminal": terminal, "how": how})

    async def bill(self, region: str, day: date) -> bytes | None:
        """The bill of a day from the channel's site for merchants; None while it is not there."""
        answer = await self._client.get(f"/control/bills/{region}/{day}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        answer.raise_for_status()
        return answer.content

    async def truth(self) -> Any:
        """Everything that really happened."""
        answer = await self._client.get("/control/truth")
        answer.raise_for_status()
        return json.loads(answer.content)

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self._client.post(f"/control/{path}", json=body)
        if answer.is_error:
            raise DeskRefused(f"{path} {body}: {answer.status_code} {answer.text[:300]}")
        return answer.json()
