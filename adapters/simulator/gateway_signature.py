"""The signature of the gateways in front of tax office, treasury and non-tax platform (docs/protocols.md, 2)."""

import base64
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.simulator.certificates import Keys
from adapters.simulator.clock import CHINA
from adapters.simulator.refusal import NoAnswer, Refusal
from adapters.simulator.setup import RegionSetup
from adapters.simulator.world import World

_TOLERANCE = timedelta(minutes=5)
_STRANGE = b"of nobody that the caller knows"


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose signature is right: who calls, the body, and what the path named."""

    region: RegionSetup
    body: bytes
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is a file; a forged one is signed with another key than the caller's."""

    name: str
    media_type: str
    content: bytes
    is_forged: bool = False


Handler = Callable[[Call], BaseModel | File]


def signature(secret: bytes, *lines: str) -> str:
    """base64 of the HMAC-SHA-256 of the lines, joined by line feeds."""
    return base64.b64encode(hmac.digest(secret, "\n".join(lines).encode(), "sha256")).decode()


def body_hash(body: bytes) -> str:
    """Lowercase hexadecimal SHA-256 of a body."""
    return hashlib.sha256(body).hexdigest()


class Gate:
    """Lets in only signed, timely, fresh requests, and signs what goes out, refusals too."""

    def __init__(self, world: World, keys: Keys) -> None:
        self._world = world
        self._keys = keys
        self._seen: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def around(self, handle: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A web handler that checks the request, calls `handle`, and signs the answer."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            region = self._world.region_of_app(request.headers.get("X-App-Id", ""))
            if region is None:
                return _problem(Refusal(401, "unknown_app", "X-App-Id is not known here"))
            try:
                self._check(request, region, body)
                given = handle(Call(region, body, request.path_params))
                answer, is_forged = _response(given), isinstance(given, File) and given.is_forged
            except Refusal as refusal:
                answer, is_forged = _problem(refusal), False
            except NoAnswer:
                return Response(status_code=503)
            nonce = request.headers.get("X-Nonce", "")
            secret = _STRANGE if is_forged else self._keys.gateway_secrets[region.region]
            answer.headers["X-Signature"] = signature(
                secret, nonce, str(answer.status_code), body_hash(bytes(answer.body))
            )
            return answer

        return endpoint

    def _check(self, request: Request, region: RegionSetup, body: bytes) -> None:
        sent_at, nonce = request.headers.get("X-Timestamp", ""), request.headers.get("X-Nonce", "")
        query = request.scope["query_string"].decode("latin-1")
        path = request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        lines = (request.method, path, sent_at, nonce, body_hash(body))
        right = signature(self._keys.gateway_secrets[region.region], *lines)
        if not hmac.compare_digest(right.encode(), request.headers.get("X-Signature", "").encode()):
            raise Refusal(401, "bad_signature", "X-Signature does not fit the request")
        if not self._is_timely(sent_at):
            raise Refusal(401, "bad_timestamp", "X-Timestamp must be yyyyMMddHHmmss, at most 5 minutes off")
        if re.fullmatch(r"[\x21-\x7e]{16,64}", nonce) is None:
            raise Refusal(401, "bad_nonce", "X-Nonce must have 16 to 64 visible ASCII characters")
        if (region.region, nonce) in self._seen:
            raise Refusal(401, "replayed", "X-Nonce was used before")
        self._seen[region.region, nonce] = self._world.clock.now()
        self._forget_old()

    def _forget_old(self) -> None:
        """Drops nonces so old that their time would be refused anyway."""
        now = self._world.clock.now()
        while self._seen and next(iter(self._seen.values())) < now - 2 * _TOLERANCE:
            self._seen.popitem(last=False)

    def _is_timely(self, text: str) -> bool:
        try:
            sent_at = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
        except ValueError:
            return False
        return abs(self._world.clock.now() - sent_at) <= _TOLERANCE


def _response(answer: BaseModel | File) -> Response:
    if isinstance(answer, File):
        disposition = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
        return Response(answer.content, media_type=answer.media_type, headers=disposition)
    return Response(answer.model_dump_json(), media_type="application/json")


def _problem(refusal: Refusal) -> Response:
    return JSONResponse({"code": refusal.code, "message": refusal.message}, refusal.status)
