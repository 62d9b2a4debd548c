"""The whole application, called as a browser or another system would call it."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from api.access import AUDIENCE
from api.application import create_app
from api.wiring import House

BASE = "http://heyi.test"


@pytest.fixture
async def caller(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the application of a house."""
    app = create_app(house)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
def bearer(house: House) -> Callable[..., dict[str, str]]:
    """Headers of someone signed in, with a fresh idempotency key at each call."""
    used = iter(range(10**6))

    def headers(role: str, region: str = "341502", name: str = "", window: str | None = None) -> dict[str, str]:
        token = house.signer.issue(AUDIENCE, 60, sub=name or role, role=role, region=region, window=window)
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": f"test-key-{next(used):06d}"}

    return headers
