"""The page on which anyone checks a proof: one file that can be saved, and works without a network.

Style and script are inside the page; its policy allows these two by their hashes and nothing else, no request above
all.
"""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.texts import Speech
from ledger import EntryKind

_HERE = Path(__file__).parent
_STYLE = (_HERE / "check.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "check.js").read_text(encoding="utf-8")

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/proof")
async def check_page(request: Request) -> Response:
    """The page, in the reader's language; for everyone."""
    made: HTMLResponse = page(
        request,
        "proof.html",
        policy=_POLICY,
        style=Markup(f"<style>{_STYLE}</style>"),  # noqa: S704 - our own files
        script=Markup(f"<script>{_SCRIPT}</script>"),  # noqa: S704
        words=Markup(f'<script type="application/json" id="words">{_words(speech(request))}</script>'),  # noqa: S704
    )
    made.headers["Content-Security-Policy"] = f"{_POLICY}; frame-ancestors 'none'"
    return made


def _words(t: Speech) -> str:
    """What the script says, as JSON that cannot end the script's element."""
    names = ("kind", "day", "reference", "key", "reverses", "until", "ends", "debit", "credit")
    said = {name: t(f"proof.{name}") for name in (*names, "holds", "holds_not", "no_proof", "no_head")}
    kinds = {one.value: t(f"entry.{one.value}") for one in EntryKind}
    return json.dumps({**said, "kinds": kinds}, ensure_ascii=False).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


_POLICY = (
    f"default-src 'none'; script-src {_hash(_SCRIPT)}; style-src {_hash(_STYLE)}; base-uri 'none'; form-action 'none'"
)
