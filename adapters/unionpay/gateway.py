"""One merchant's line to ACP: signs what goes out, and believes only what UnionPay signed."""

from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

from adapters.unionpay.certificates import certificate, certificates, private_key
from adapters.unionpay.messages import MOST_BYTES, read_answer
from adapters.unionpay.signature import sign_rsa
from adapters.unionpay.trust import Trust
from adapters.wire.http import exchange
from foundation import clock
from foundation.errors import BadInput, Unavailable
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Unauthentic

_WHOM = "UnionPay"


class AcpGateway:
    """Signs, sends and verifies for one merchant. Keys and certificates are looked up anew for each message."""

    def __init__(self, config: AcpConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now) -> None:
        self.config = config
        self.now = now
        self._client = client

    def signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """A whole request: the fields, what every request carries, and the signature.

        BadInput: key and certificate cannot be read, or do not belong together.
        """
        own, key = certificate(self.config.signing_certificate), private_key(self.config.signing_key)
        if own.public_key() != key.public_key():
            raise BadInput(
                "signing_key", self.config.signing_key.name, f"the key of {self.config.signing_certificate.name}"
            )
        request = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "certId": str(own.serial_number),
            "accessType": "0",
            "merId": self.config.merchant,
            **fields,
        }
        return {**request, "signature": sign_rsa(request, key)}

    def believed(self, fields: Mapping[str, str]) -> None:
        """Passes a message that UnionPay signed and that is for our merchant; Unauthentic says why not."""
        self.trust().check(fields, self.now())
        if fields.get("merId") != self.config.merchant:
            raise Unauthentic(f"the message is for merchant {fields.get('merId')!r}, not {self.config.merchant}")

    def trust(self) -> Trust:
        """What is pinned, as the files are now."""
        return Trust(
            certificates(self.config.trusted_roots),
            certificates(self.config.trusted_middles),
            (self.config.signer,),
            self.config.sha1_links,
        )

    async def ask(self, address: str, fields: Mapping[str, str], most_bytes: int = MOST_BYTES) -> dict[str, str]:
        """Posts a request and gives the answer's fields, believed.

        Unavailable: no answer, or none that can be read. Unauthentic: not from UnionPay, or not for us.
        """
        request = self._client.build_request("POST", address, data=self.signed(fields))
        reply = await exchange(self._client, request, _WHOM, most_bytes)
        if reply.status != 200:
            raise Unavailable(f"{_WHOM} answered with status {reply.status}", status=reply.status)
        try:
            answer = read_answer(reply.body, most_bytes)
        except BadInput as error:
            raise Unavailable(f"{_WHOM} answered what cannot be read: {error.detail}") from None
        self.believed(answer)
        return answer
