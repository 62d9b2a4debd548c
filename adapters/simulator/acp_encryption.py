"""UnionPay's certificate for encrypting to it, as 95/00 hands it out, and its exchange on request."""

from datetime import timedelta
from typing import Any, Literal

from starlette.routing import Route

from adapters.simulator.certificates import SIGNER_NAME, Keys, issue, stranger
from adapters.simulator.control import local
from adapters.simulator.refusal import Message, read
from adapters.simulator.world import World

_LASTS = timedelta(days=365)


class Exchange(Message):
    """renewed: a new one, from now on. forged: one under the right name from a strange authority. expired: one that is
    out of date. unchanged: the answer brings none."""

    how: Literal["renewed", "forged", "expired", "unchanged"]


class EncryptionCertificate:
    """The one that is handed out; the first is made when somebody asks."""

    def __init__(self, world: World, keys: Keys) -> None:
        self._world = world
        self._keys = keys
        self._pem: str | None = None

    def routes(self) -> list[Route]:
        return [Route("/control/encryption-certificate", local(self._exchange), methods=["POST"])]

    def shown(self) -> dict[str, str]:
        """The field of the answer that carries it; none where it is unchanged."""
        if self._pem is None:
            self._pem = self._made()
        return {"encryptPubKeyCert": self._pem} if self._pem else {}

    async def _exchange(self, body: bytes) -> Any:
        match read(Exchange, body).how:
            case "renewed":
                self._pem = self._made()
            case "forged":
                self._pem = stranger().pem.decode()
            case "expired":
                self._pem = self._made(since=2 * _LASTS)
            case "unchanged":
                self._pem = ""
        return {"exchanged": True}

    def _made(self, since: timedelta = timedelta()) -> str:
        begins = self._world.clock.now().replace(microsecond=0) - since
        made = issue(SIGNER_NAME, self._keys.middle, authority=False, valid=(begins, begins + _LASTS))
        return made.pem.decode().replace("\n", "\r\n")
