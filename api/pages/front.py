"""The front door: sign in, sign out, and the way to one's own page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import AUDIENCE, COOKIE, current_person
from api.pages.rendering import page, speech
from api.pages.route import PageRoute, local_path, secure
from api.pages.same_site import same_site
from api.pages.saying import refusal
from api.people import SignInRefused, sign_in

HOMES = {"clerk": "/window", "finance": "/finance", "tax_officer": "/tax"}

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)


@router.get("/")
async def front(request: Request, next: str = "") -> Response:
    """Whoever is signed in goes to their page; everyone else may sign in."""
    who = current_person(request)
    if who and who.role in HOMES:
        return RedirectResponse(HOMES[who.role], 303)
    return page(request, "front.html", back=local_path(next) or "", refusal=None, name="")


@router.post("/sign-in")
async def enter(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Signs in and goes to where the person wanted to, or to their page."""
    try:
        who = await sign_in(request.app.state.office.database, name.strip(), password)
    except SignInRefused as error:
        said = refusal(error, speech(request))
        return page(request, "front.html", status=401, back=local_path(next) or "", refusal=said, name=name)
    minutes = request.app.state.session_minutes
    token = request.app.state.signer.issue(AUDIENCE, minutes, sub=who.name, role=who.role, region=who.region)
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
