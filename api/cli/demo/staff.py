"""The staff of the demonstration: programs that call the HTTP interface as a clerk and a finance officer would."""

from datetime import date
from typing import Any
from uuid import uuid4

import httpx


class Staff:
    """Someone signed in, with a bearer token."""

    def __init__(self, address: str) -> None:
        self._client = httpx.AsyncClient(base_url=f"{address}/v1", timeout=30)

    async def __aenter__(self) -> "Staff":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def sign_in(self, name: str, password: str) -> None:
        """Gets a token for a name and a password."""
        given = await self._call("POST", "/tokens", {"name": name, "password": password})
        self._client.headers["Authorization"] = f"Bearer {given['token']}"

    async def take_in(self, case: Any) -> Any:
        """Hands a case in; the bill with its lines."""
        return await self._call("POST", "/bills", case)

    async def confirm(self, bill_id: str) -> Any:
        """Confirms a bill; the bill with its code."""
        return await self._call("POST", f"/bills/{bill_id}/confirm")

    async def bill(self, bill_id: str) -> Any:
        """The bill as it stands."""
        return await self._call("GET", f"/bills/{bill_id}")

    async def close_day(self, day: date) -> Any:
        """Fetches and matches the statements of a day."""
        return await self._call("POST", f"/days/{day}/close")

    async def prepare_day(self, day: date) -> Any:
        """Puts the first name under a day."""
        return await self._call("POST", f"/days/{day}/prepare")

    async def sign_day(self, day: date) -> Any:
        """Puts the second name under it."""
        return await self._call("POST", f"/days/{day}/sign")

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._client.request(method, path, json=body, headers={"Idempotency-Key": str(uuid4())})
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.json().get('detail', answer.text)}")
        return answer.json()
