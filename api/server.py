"""Serves the application and works on the job queue, in one event loop."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

import uvicorn
from pgqueuer import PgQueuer

from api.application import create_app
from api.jobs import connect, job_queue, work
from api.pushes import listening_for_pushes
from api.wiring import House


def spare_the_collector() -> None:
    """Has the garbage collector leave alone what was made at the start, and look less often: it stops every request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@contextlib.asynccontextmanager
async def serving(
    house: House, database_url: str, host: str, port: int, *, scheduled: bool = True
) -> AsyncIterator[PgQueuer]:
    """Serves until the block ends. Comes up only once requests are answered and jobs are taken; gives their queue.

    `scheduled=False`: what the clock brings is left to the caller, whose clock may not be the real one.
    """
    config = uvicorn.Config(
        create_app(house), host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    connection = await connect(database_url)
    queue = job_queue(connection, house, scheduled=scheduled)
    running = [asyncio.create_task(server.serve()), asyncio.create_task(work(queue))]
    try:
        while not server.started:
            if running[0].done():
                await running[0]
                raise RuntimeError(f"the server did not start on {host}:{port}")
            await asyncio.sleep(0.02)
        async with listening_for_pushes(house.office):
            yield queue
    finally:
        server.should_exit = True
        queue.shutdown.set()
        await asyncio.gather(*running, return_exceptions=True)
        await connection.close()
