"""Signing in: a name and a password for a signed token."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.access import session_of
from api.http.office import TheOffice
from api.people import sign_in

router = APIRouter(tags=["sign-in"])


class _SignIn(BaseModel):
    name: str
    password: str
    new_password: str | None = None


class _Token(BaseModel):
    token: str
    role: str
    region: str
    minutes: int


@router.post("/tokens")
async def issue_token(given: _SignIn, request: Request, office: TheOffice) -> _Token:
    """A bearer token for a name and a password, good for the role and region of that person.

    `new_password` is kept from then on; a one-time password asks for it.
    """
    who = await sign_in(office.database, given.name, given.password, given.new_password)
    minutes = request.app.state.session_minutes
    token = session_of(request.app.state.signer, who, minutes)
    return _Token(token=token, role=who.role, region=who.region, minutes=minutes)
