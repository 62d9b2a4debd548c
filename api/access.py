"""Who may do what: the signed token as a cookie for pages or as a bearer for programs, and the role it carries."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from api.people import Person
from foundation.errors import HeyiError, NotAllowed
from settlement.office import Actor

COOKIE = "heyi_session"
AUDIENCE = "person"


class NotSignedIn(HeyiError):
    """No token, or one that is over."""

    code = "not_signed_in"


def signed_in(*roles: str) -> Callable[[Request], Awaitable[Person]]:
    """A dependency: the person signed in, who must have one of the roles."""

    async def dependency(request: Request) -> Person:
        who = current_person(request)
        if who is None:
            raise NotSignedIn("请先登录。Please sign in first.")
        if who.role not in roles:
            raise NotAllowed(
                f"{who.role} 无权使用本页或接口，需要：{', '.join(roles)}。"
                f"This is for {', '.join(roles)}; you are signed in as {who.role}."
            )
        return who

    return dependency


def current_person(request: Request) -> Person | None:
    """The person of the bearer token or the session cookie, or None."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else request.cookies.get(COOKIE)
    claims = request.app.state.signer.read(AUDIENCE, token) if token else None
    return Person(claims["sub"], claims["role"], claims["region"]) if claims else None


def actor(who: Person) -> Actor:
    """The person as the rooms below record them."""
    return Actor(who.name, who.role)


def own_region(who: Person, region: str) -> None:
    """Refuses a person of one region what belongs to another."""
    if who.region != region:
        raise NotAllowed(f"您属于 {who.region}，不能处理 {region} 的业务。You belong to {who.region}, not to {region}.")
