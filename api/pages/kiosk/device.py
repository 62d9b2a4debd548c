"""Which kiosk a browser is: it proves itself once with its token, and is known by a cookie from then on.

To anybody else there is no kiosk here. Another token in the file, and the kiosk has to prove itself again.
"""

import hashlib
import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.pages.rendering import page, speech
from api.pages.route import PageRoute, secure
from api.pages.same_site import same_site
from api.pages.saying import refusal
from foundation.errors import NotAllowed, NotFound
from settlement.devices import KioskConfig
from settlement.office import Office
from settlement.regions import Region

COOKIE = "heyi_kiosk"
PATH = "/kiosk"
_AUDIENCE = "kiosk"
_A_YEAR_IN_MINUTES = 365 * 24 * 60
_LEAST_TOKEN = 32

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A known kiosk: its region, its number there, and how it is configured."""

    region: Region
    number: str
    config: KioskConfig


async def known_kiosk(request: Request) -> Kiosk:
    """A dependency: the kiosk that calls. NotFound for anybody else, as if there were no such page."""
    signed = request.cookies.get(COOKIE)
    claims = request.app.state.signer.read(_AUDIENCE, signed) if signed else None
    kiosk = _configured(request, claims["region"], claims["kiosk"]) if claims else None
    token = _token(kiosk.config) if kiosk else None
    if claims is None or kiosk is None or token is None or claims["mark"] != _mark(token):
        raise NotFound("没有这个页面。There is no such page.")
    return kiosk


KnownKiosk = Annotated[Kiosk, Depends(known_kiosk)]


@router.get("/kiosk/device")
async def ask(request: Request) -> Response:
    """Where who sets up a kiosk types its token."""
    return page(request, "kiosk/device.html", refusal=None)


@router.post("/kiosk/device")
async def prove(
    request: Request,
    region: Annotated[str, Form(max_length=6)] = "",
    kiosk: Annotated[str, Form(max_length=16)] = "",
    token: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Keeps the browser as a kiosk's, where the token is right. What was wrong is not told."""
    found = _configured(request, region.strip(), kiosk.strip())
    right = _token(found.config) if found else None
    if found is None or right is None or not hmac.compare_digest(right.encode(), token.strip().encode()):
        error = NotAllowed("设备信息不对，请与管理员核对。This is not a known device; ask the administrator.")
        said = refusal(error, speech(request))
        return page(request, "kiosk/device.html", status=403, refusal=said, here="/kiosk/device")
    signer, mark = request.app.state.signer, _mark(right)
    proof = signer.issue(_AUDIENCE, _A_YEAR_IN_MINUTES, region=region.strip(), kiosk=found.number, mark=mark)
    answer = RedirectResponse(PATH, 303)
    keep(request, answer, COOKIE, proof, max_age=_A_YEAR_IN_MINUTES * 60)
    return answer


def keep(request: Request, answer: Response, name: str, value: str, **more: Any) -> None:
    """Sets a cookie that only the kiosk's own pages get."""
    answer.set_cookie(name, value, path=PATH, httponly=True, samesite="strict", secure=secure(request), **more)


def _configured(request: Request, region: str, number: str) -> Kiosk | None:
    """The kiosk of a number, where it may call from this address."""
    office: Office = request.app.state.office
    config = office.regions[region].kiosks.get(number) if region in office.regions else None
    if config is None:
        return None
    if config.networks:
        caller = ip_address(request.client.host) if request.client else None
        if caller is None or not any(caller in network for network in config.networks):
            return None
    return Kiosk(office.regions[region], number, config)


def _token(config: KioskConfig) -> str | None:
    """The token in the kiosk's file; None where there is no file yet, or too short a token."""
    try:
        text = config.token_file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return text if len(text) >= _LEAST_TOKEN else None


def _mark(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:16]
