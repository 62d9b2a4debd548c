"""The application under load of notifications, with two routes beside it for comparison.

`/bench/one-commit` is the same endpoint with a commit for each request; `/bench/limit` verifies and answers without a
database: what the framework itself allows. Both are routes like the real one, and stand in front as it does.
"""

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.application import create_app
from api.server import spare_the_collector
from benchmarks.office import bench_house
from settlement.payments.inbox import open_letter, receive_notification

REGION = "341502"


def app() -> FastAPI:
    """The application on the database and keys that the environment names."""
    house = bench_house(os.environ["HEYI_BENCH_URL"], Path(os.environ["HEYI_BENCH_KEYS"]))
    made = create_app(house)

    async def one_commit(request: Request) -> PlainTextResponse:
        outcome = await receive_notification(house.office, REGION, await request.body(), "127.0.0.1")
        return PlainTextResponse(outcome.name)

    async def limit(request: Request) -> PlainTextResponse:
        letter = await open_letter(house.office, REGION, await request.body(), "127.0.0.1")
        return PlainTextResponse(type(letter.read).__name__)

    made.router.routes[1:1] = [
        Route("/bench/one-commit", one_commit, methods=["POST"]),
        Route("/bench/limit", limit, methods=["POST"]),
    ]
    spare_the_collector()
    return made
