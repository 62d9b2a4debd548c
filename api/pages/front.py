"""The front door: sign in, sign out, and the way to one's own page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import COOKIE, person_of_session, session_of
from api.pages.rendering import page, speech
from api.pages.route import PageRoute, local_path, secure
from api.pages.same_site import same_site
from api.pages.saying import refusal
from api.people import OneTimePassword, SignInRefused, sign_in
from api.problems import status_of
from foundation.errors import BadInput

HOMES = {
    "clerk": "/window",
    "partner": "/window",
    "finance": "/finance",
    "tax_officer": "/tax",
    "administrator": "/admin",
}

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)


@router.get("/")
async def front(request: Request, next: str = "") -> Response:
    """Whoever is signed in goes to their page; everyone else may sign in."""
    who = await person_of_session(request)
    if who and who.role in HOMES:
        return RedirectResponse(HOMES[who.role], 303)
    return page(request, "front.html", back=local_path(next) or "", refusal=None, name="", fresh=False, person=who)


@router.post("/sign-in")
async def enter(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    new_password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Signs in and goes to where the person wanted to, or to their page; a one-time password asks for another first."""
    try:
        who = await sign_in(request.app.state.office.database, name.strip(), password, new_password or None)
    except (SignInRefused, OneTimePassword, BadInput) as error:
        said = refusal(error, speech(request))
        fresh = bool(new_password) or isinstance(error, OneTimePassword)
        values = {"back": local_path(next) or "", "refusal": said, "name": name, "fresh": fresh, "person": None}
        return page(request, "front.html", status=status_of(error), **values)
    minutes = request.app.state.session_minutes
    token = session_of(request.app.state.signer, who, minutes)
    answer = RedirectResponse(local_path(next) or HOMES.get(who.role, "/"), 303)
    answer.set_cookie(
        COOKIE, token, max_age=minutes * 60, httponly=True, samesite="strict", secure=secure(request), path="/"
    )
    return answer


@router.post("/sign-out")
async def leave(request: Request) -> Response:
    """Forgets who is signed in at this browser."""
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=secure(request))
    return answer
