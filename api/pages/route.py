"""How a page answers: errors become pages too, choices are kept, and the browser is told what it may load."""

import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from api.access import NotSignedIn
from api.pages.rendering import choices_to_keep, page, speech, wants_part
from api.pages.saying import refusal
from api.people import ROLES
from api.problems import status_of
from foundation.errors import BadInput, HeyiError, NotAllowed

_A_YEAR = 365 * 24 * 3600

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class PageRoute(APIRoute):
    """A route whose answers are for people."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handler(request)
            except NotSignedIn:
                response = _to_sign_in(request)
            except HeyiError as error:
                response = refused(request, error)
            except RequestValidationError as invalid:
                fault = invalid.errors()[0]
                wrong = BadInput(".".join(str(step) for step in fault["loc"][1:]), fault.get("input"), fault["msg"])
                response = refused(request, wrong)
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
            for name, value in choices_to_keep(request).items():
                response.set_cookie(name, value, max_age=_A_YEAR, httponly=True, samesite="lax", secure=secure(request))
            return response

        return answer


def refused(request: Request, error: HeyiError) -> Response:
    """The page, or the part of one, that says what is wrong and how to go on."""
    t = speech(request)
    sentence = refusal(error, t).sentence
    if isinstance(error, NotAllowed):  # names roles by code
        sentence = re.sub("|".join(ROLES), lambda found: t(f"role.{found[0]}"), sentence)
    template = "parts/alert.html" if wants_part(request) else "refused.html"
    return page(request, template, status=status_of(error), sentence=sentence, status_code=status_of(error))


def secure(request: Request) -> bool:
    """Whether cookies may be kept to encrypted connections."""
    return request.url.scheme == "https" or request.app.state.office.public_url.startswith("https://")


def local_path(address: str | None) -> str | None:
    """An address to go back to, if it is one of ours."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return None
    return address if address.isprintable() and "\\" not in address else None


def _to_sign_in(request: Request) -> Response:
    if wants_part(request):
        return Response(headers={"HX-Redirect": "/"})
    here = request.url.path if request.method == "GET" else ""
    if here and request.url.query:
        here += f"?{request.url.query}"
    return RedirectResponse(f"/?next={quote(here)}" if here else "/", 303)
