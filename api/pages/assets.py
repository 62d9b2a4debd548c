"""Style sheets and scripts: our own, and htmx from the installed package that carries it. No other host is asked."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response

from foundation.errors import NotFound

_OURS = Path(__file__).with_name("static")
_CARRIED = {"htmx.js": "htmx-2.min.js", "htmx-sse.js": "ext/hx-sse-2.min.js"}
_A_YEAR = "public, max-age=31536000, immutable"


def mount_static(app: FastAPI) -> None:
    """Serves /static/… of an application."""

    async def asset(request: Request, name: str) -> Response:
        path = assets().get(name)
        if path is None:
            raise NotFound(f"there is no asset {name}")
        kept = _A_YEAR if request.query_params.get("v") == version(name) else "no-cache"
        return FileResponse(path, headers={"Cache-Control": kept, "X-Content-Type-Options": "nosniff"})

    app.add_api_route("/static/{name}", asset, include_in_schema=False)


def address(name: str) -> str:
    """Where a page finds an asset. The address changes with the content, so that a browser may keep it for a year."""
    return f"/static/{name}?v={version(name)}"


@cache
def assets() -> dict[str, Path]:
    """All assets by name."""
    ours = {path.name: path for path in _OURS.iterdir() if path.suffix in (".css", ".js", ".svg")}
    return ours | {name: _carried() / file for name, file in _CARRIED.items()}


@cache
def version(name: str) -> str:
    """A short digest of an asset's content."""
    return hashlib.sha256(assets()[name].read_bytes()).hexdigest()[:12]


def _carried() -> Path:
    """The folder of the htmx files. The package is found, not imported: it would want Django."""
    found = find_spec("django_htmx")
    if found is None or found.origin is None:
        raise RuntimeError("the package django-htmx, which carries htmx, is not installed; run make setup")
    return Path(found.origin).parent / "static" / "django_htmx"
