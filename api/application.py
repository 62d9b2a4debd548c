"""The web application: HTTP interface and pages on one address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from api import http, problems
from api.audit.watching import Watching
from api.http.notifications import NotificationDoor
from api.pages import citizen, rooms
from api.pages.assets import mount_static
from api.wiring import House
from settlement.payments.inbox import Inbox


def create_app(house: House) -> FastAPI:
    """The application of a house that was put together."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Inbox(house.office) as inbox:
            app.state.inbox = inbox
            yield

    app = FastAPI(
        lifespan=lifespan,
        title="Heyi 合一",
        version="0.1.0",
        summary="Settles what a property transfer owes.",
        docs_url=None,  # the framework's own page would load from another host
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.house = house
    app.state.office = house.office
    app.state.signer = house.signer
    app.state.session_minutes = house.session_minutes
    app.state.book = house.book
    app.add_middleware(Watching)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(NotificationDoor)  # the last one added stands in front
    problems.install(app)
    app.include_router(citizen.router)  # first, since routes are asked in turn and these most people open
    app.include_router(http.router)
    app.include_router(rooms.router)
    mount_static(app)
    return app
