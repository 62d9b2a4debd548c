"""The application under load of notifications, with two routes beside it for comparison.

`/bench/one-commit` is the same endpoint with a commit for each request; `/bench/limit` verifies and answers without a
database: what the framework itself allows.
"""

import gc
import os
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from api.application import create_app
from benchmarks.office import bench_house
from settlement.payments.inbox import open_letter, receive_notification

REGION = "341502"


def app() -> FastAPI:
    """The application on the database and keys that the environment names."""
    house = bench_house(os.environ["HEYI_BENCH_URL"], Path(os.environ["HEYI_BENCH_KEYS"]))
    made = create_app(house)

    @made.post("/bench/one-commit")
    async def one_commit(request: Request) -> PlainTextResponse:
        outcome = await receive_notification(house.office, REGION, await request.body(), "127.0.0.1")
        return PlainTextResponse(outcome.name)

    @made.post("/bench/limit")
    async def limit(request: Request) -> PlainTextResponse:
        letter = await open_letter(house.office, REGION, await request.body(), "127.0.0.1")
        return PlainTextResponse(type(letter.read).__name__)

    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    return made
