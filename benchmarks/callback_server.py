"""The application under load of notifications, with two addresses beside it for comparison.

`/bench/one-commit` is the same endpoint with a commit for each request; `/bench/limit` verifies and answers without a
database: what server and verification themselves allow. Both stand in front of the framework, as the real one does.
"""

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.application import create_app
from api.http.notifications import body_of
from api.server import spare_the_collector
from benchmarks.office import bench_house
from settlement.office import Office
from settlement.payments.inbox import open_letter, receive_notification

REGION = "341502"


class BenchDoor:
    """Middleware around the whole application that answers the two addresses."""

    def __init__(self, app: ASGIApp, office: Office) -> None:
        self.app = app
        self.office = office

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/bench/"):
            await self.app(scope, receive, send)
            return
        raw = await body_of(receive)
        if scope["path"] == "/bench/one-commit":
            said = (await receive_notification(self.office, REGION, raw, "127.0.0.1")).name
        else:
            said = type((await open_letter(self.office, REGION, raw, "127.0.0.1")).read).__name__
        await PlainTextResponse(said)(scope, receive, send)


def app() -> FastAPI:
    """The application on the database and keys that the environment names."""
    house = bench_house(os.environ["HEYI_BENCH_URL"], Path(os.environ["HEYI_BENCH_KEYS"]))
    made = create_app(house)
    made.add_middleware(BenchDoor, office=house.office)
    spare_the_collector()
    return made
