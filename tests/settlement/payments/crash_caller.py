"""UnionPay as a process sees it that may die: sends signed notifications, again until they are answered with 200.

Every order number that was answered goes to a file, a line each, after its answer.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.played import PLAIN

Address = Callable[[], str]
"""Where the application listens now; it may have been started again elsewhere."""

CALLERS = 16


async def send_all(address: Address, bodies: dict[str, bytes], answered: Path) -> None:
    """Sends every body until it is answered. `bodies`: order number -> what UnionPay posts."""
    waiting = list(bodies.items())
    with answered.open("a", buffering=1) as kept:

        async def caller() -> None:
            async with httpx.AsyncClient(verify=PLAIN, timeout=20) as client:
                while waiting:
                    order_id, body = waiting.pop()
                    while not await _sent(client, address(), body):  # noqa: ASYNC110 - as a channel does, until it is answered
                        await asyncio.sleep(0.1)
                    kept.write(f"{order_id}\n")

        await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def _sent(client: httpx.AsyncClient, address: str, body: bytes) -> bool:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = await client.post(address, content=body, headers=headers)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200
