"""Errors as they leave: RFC 9457 problem details with a stable code and a sentence to act on."""

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.access import NotSignedIn
from api.people import OneTimePassword, SignInRefused
from foundation.errors import BadInput, Conflict, HeyiError, NotAllowed, NotFound, Unavailable
from foundation.group_commit import Busy
from settlement.assessment.errors import BadRules
from settlement.payments.codes import WrongTail
from settlement.ports.channel import Unauthentic
from settlement.ports.statements import UnreadableStatement

_STATUS: tuple[tuple[type[HeyiError], int], ...] = (
    (BadInput, 422),
    (BadRules, 422),
    (NotFound, 404),
    (NotSignedIn, 401),
    (SignInRefused, 401),
    (OneTimePassword, 401),
    (NotAllowed, 403),
    (WrongTail, 403),
    (Unauthentic, 400),
    (UnreadableStatement, 422),
    (Conflict, 409),
    (Unavailable, 503),
)

_MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger()


def status_of(error: HeyiError) -> int:
    """The HTTP status of an error; what has none of its own is a conflict with the state of things."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 409)


def problem(error: HeyiError) -> JSONResponse:
    """An error as problem details."""
    body = {"type": f"urn:heyi:{error.code}", "title": error.code, "status": status_of(error), "detail": error.detail}
    extra = jsonable_encoder({key: value for key, value in error.facts.items() if key not in body})
    headers = {"WWW-Authenticate": "Bearer"} if status_of(error) == 401 else {}
    if isinstance(error, Busy):
        headers["Retry-After"] = str(error.retry_after)
    return JSONResponse({**body, **extra}, status_of(error), headers=headers, media_type=_MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Makes every error of an application leave as problem details."""

    async def ours(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HeyiError)
        return problem(error)

    async def not_valid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        fault = error.errors()[0]
        return problem(BadInput(".".join(str(step) for step in fault["loc"]), fault.get("input"), fault["msg"]))

    async def of_framework(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        body = {"type": "about:blank", "title": error.detail, "status": error.status_code, "detail": error.detail}
        return JSONResponse(body, error.status_code, headers=error.headers, media_type=_MEDIA_TYPE)

    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("unforeseen error", path=request.url.path, exc_info=error)
        detail = "系统没有预料到这个情况，已记录，未改变任何数据。Not foreseen; it was logged and nothing was changed."
        body = {"type": "urn:heyi:unforeseen", "title": "unforeseen", "status": 500, "detail": detail}
        return JSONResponse(body, 500, media_type=_MEDIA_TYPE)

    app.add_exception_handler(HeyiError, ours)
    app.add_exception_handler(RequestValidationError, not_valid)
    app.add_exception_handler(HTTPException, of_framework)
    app.add_exception_handler(Exception, unforeseen)
