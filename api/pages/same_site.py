"""A form may only be sent from our own pages (cross-site request forgery).

The session cookie is SameSite=Strict already; this holds where a browser does not know that.
"""

from urllib.parse import urlsplit

from fastapi import Request

from api.access import COOKIE
from foundation.errors import NotAllowed

_SAFE = ("GET", "HEAD", "OPTIONS")


async def same_site(request: Request) -> None:
    """A dependency: refuses what changes something and was sent from a page of another site."""
    if request.method in _SAFE or _from_our_pages(request):
        return
    raise NotAllowed(
        "表单必须从本系统页面提交，请刷新后重试。The form must be sent from our own page; reload, try again."
    )


def _from_our_pages(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    said = request.headers.get("origin") or request.headers.get("referer")
    if said is not None:
        return urlsplit(said).netloc == request.headers.get("host")
    # A browser too old to say where it comes from: nothing is lost as long as no session rides along.
    return COOKIE not in request.cookies
