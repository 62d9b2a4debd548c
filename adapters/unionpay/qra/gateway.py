"""The line to QRA: one address, signed XML both ways, a key for each merchant."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

from adapters.unionpay.qra.messages import read, written
from adapters.unionpay.reading import contract_key
from adapters.wire.http import exchange
from foundation.errors import BadInput, Unavailable
from settlement.channels import QraChannel as QraConfig
from settlement.ports.channel import Unauthentic
from settlement.ports.refusal import Refused

WHOM = "QRA"
_DONE = "0"


class QraGateway:
    """Signs, sends and verifies for the merchants of one contract. Keys are read for each message."""

    def __init__(self, config: QraConfig, client: httpx.AsyncClient, now: Callable[[], datetime]) -> None:
        self.config = config
        self.now = now
        self._client = client
        receivers, files = config.receivers, config.key_files
        self._files = {receivers.treasury: files.treasury, receivers.non_tax: files.non_tax}

    async def ask(self, service: str, merchant: str, message: Mapping[str, str]) -> dict[str, str]:
        """The answer to a message, believed.

        Refused: QRA said no, for good. Unavailable: nothing is known (no answer, or need_query Y). Unauthentic.
        """
        fields = {
            "service": service,
            "version": "2.0",
            "charset": "UTF-8",
            "sign_type": self.config.sign_type,
            "mch_id": merchant,
            "nonce_str": secrets.token_hex(16),
            **message,
        }
        body = written(fields, self._key(merchant))
        headers = {"Content-Type": "text/xml;charset=UTF-8"}
        address = f"{self.config.gateway.rstrip('/')}/pay/gateway"
        reply = await exchange(
            self._client, self._client.build_request("POST", address, content=body, headers=headers), WHOM
        )
        if reply.status != 200:
            raise Unavailable(f"{WHOM} answered with status {reply.status}", whom=WHOM, status=reply.status)
        try:
            answer = read(reply.body, self._key, self.config.sign_type)
        except BadInput as error:
            raise Unavailable(f"{WHOM} answered what cannot be read: {error.detail}", whom=WHOM) from None
        if answer.get("mch_id") != merchant:
            raise Unauthentic(f"the answer is for merchant {answer.get('mch_id')!r}, asked was {merchant}")
        return _said(answer)

    def believed(self, body: bytes) -> dict[str, str]:
        """The fields of a notification that QRA signed for one of our merchants."""
        return read(body, self._key, self.config.sign_type)

    def _key(self, merchant: str) -> str:
        if merchant not in self._files:
            ours = ", ".join(self._files)
            raise Unauthentic(f"the message is for merchant {merchant!r}, not one of {ours}")
        return contract_key(self._files[merchant])


def _said(answer: Mapping[str, str]) -> dict[str, str]:
    code = answer.get("err_code") or answer.get("code", "")
    message = answer.get("err_msg") or answer.get("message", "")
    if answer.get("status") == answer.get("result_code") == _DONE:
        return dict(answer)
    if answer.get("need_query", "").upper() == "Y" or not code:
        raise Unavailable(f"{WHOM} does not know: {code} {message}", whom=WHOM, err_code=code)
    raise Refused(WHOM, code, message)
