"""Who may do what: the signed token as a cookie for pages or as a bearer for programs, and the role it carries."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from fastapi import Request

from api.people import Person
from api.people.reading import session_counts
from api.tokens import TokenSigner
from foundation.errors import HeyiError, NotAllowed
from settlement.office import Actor
from settlement.windows.reading import open_window

COOKIE = "heyi_session"
AUDIENCE = "person"


class NotSignedIn(HeyiError):
    """No token, or one that is over."""

    code = "not_signed_in"


def signed_in(*roles: str) -> Callable[[Request], Awaitable[Person]]:
    """A dependency: the person signed in, who must have one of the roles."""

    async def dependency(request: Request) -> Person:
        who = await person_of_session(request)
        if who is None:
            raise NotSignedIn("请先登录。Please sign in first.")
        if who.role not in roles:
            raise NotAllowed(
                f"{who.role} 无权使用本页或接口，需要：{', '.join(roles)}。"
                f"This is for {', '.join(roles)}; you are signed in as {who.role}."
            )
        if who.role == "partner":
            await _window_open(request, who)
        return who

    dependency.roles = roles  # type: ignore[attr-defined]  # by which the list of what each may do is made
    return dependency


def session_of(signer: TokenSigner, who: Person, minutes: int) -> str:
    """The token of somebody who has just signed in."""
    return signer.issue(AUDIENCE, minutes, sub=who.name, role=who.role, region=who.region, window=who.window)


async def person_of_session(request: Request) -> Person | None:
    """The person of the token, unless they were locked, or got other rights or another password, since it was made."""
    claims = _claims(request)
    if claims is None:
        return None
    async with request.app.state.office.database.connect() as db:
        return _person(claims) if await session_counts(db, claims["sub"], claims.get("iat", 0)) else None


async def _window_open(request: Request, who: Person) -> None:
    """NotAllowed where a partner's window is not open today."""
    async with request.app.state.office.database.connect() as db:
        await open_window(db, who.region, who.window or "")


def current_person(request: Request) -> Person | None:
    """The person whom the bearer token or the session cookie names, for the frame of a page."""
    claims = _claims(request)
    return _person(claims) if claims else None


def _claims(request: Request) -> dict[str, Any] | None:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else request.cookies.get(COOKIE)
    signer: TokenSigner = request.app.state.signer
    return signer.read(AUDIENCE, token) if token else None


def _person(claims: dict[str, Any]) -> Person:
    return Person(claims["sub"], claims["role"], claims["region"], claims.get("window"))


def actor(who: Person) -> Actor:
    """The person as the rooms below record them."""
    return Actor(who.name, who.role, who.window)


class _Belongs(Protocol):
    """What belongs to a region, and to the window that took it in, if any."""

    @property
    def region(self) -> str: ...

    @property
    def window_code(self) -> str | None: ...


def own(who: Person, what: _Belongs) -> None:
    """Refuses what belongs to another region, and a partner what another window took in."""
    own_region(who, what.region)
    if who.only_window and what.window_code != who.only_window:
        raise NotAllowed("这不是本窗口的业务。This was not taken in at your window.")


def own_region(who: Person, region: str) -> None:
    """Refuses a person of one region what belongs to another."""
    if who.region != region:
        raise NotAllowed(f"您属于 {who.region}，不能处理 {region} 的业务。You belong to {who.region}, not to {region}.")
