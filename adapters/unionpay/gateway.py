"""One merchant's line to ACP: signs what goes out, and believes only what UnionPay signed."""

from collections.abc import Callable, Mapping
from datetime import datetime

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509 import Certificate

from adapters.unionpay.certificates import certificate, certificates, private_key
from adapters.unionpay.messages import MOST_BYTES, read_answer
from adapters.unionpay.reading import contract_key
from adapters.unionpay.signature import sign_keyed, sign_rsa, verify_keyed
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
        """A whole request: the fields, what every request carries, and the signature by the contract's method.

        BadInput: a key or certificate cannot be read, or they do not belong together.
        """
        request = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": self.config.sign_method,
            "accessType": "0",
            "merId": self.config.merchant,
            **fields,
        }
        if self.config.sign_method != "01":
            return {**request, "signature": sign_keyed(request, self._secure_key())}
        own, key = self._own_certificate()
        request["certId"] = str(own.serial_number)
        return {**request, "signature": sign_rsa(request, key)}

    def believed(self, fields: Mapping[str, str]) -> None:
        """Passes a message that UnionPay signed by the contract's method and that is for our merchant.

        Unauthentic says why not. What another method signed is refused, however right: the weaker way in would count.
        """
        method = fields.get("signMethod")
        if method != self.config.sign_method:
            raise Unauthentic(f"signMethod is {method!r}; by the contract it is {self.config.sign_method}")
        if method == "01":
            self.trust().check(fields, self.now())
        elif not verify_keyed(fields, self._secure_key()):
            raise Unauthentic("the signature does not fit fields and shared key: something was changed on the way")
        if fields.get("merId") != self.config.merchant:
            raise Unauthentic(f"the message is for merchant {fields.get('merId')!r}, not {self.config.merchant}")

    def _own_certificate(self) -> tuple[Certificate, RSAPrivateKey]:
        certificate_file, key_file = self.config.signing_certificate, self.config.signing_key
        assert certificate_file  # method 01 is configured with both
        assert key_file
        own, key = certificate(certificate_file), private_key(key_file)
        if own.public_key() != key.public_key():
            raise BadInput("signing_key", key_file.name, f"the key of {certificate_file.name}")
        return own, key

    def _secure_key(self) -> bytes:
        """The shared key of methods 11 and 12. BadInput where its file is not there or empty: anybody could sign."""
        assert self.config.secure_key_file  # these methods are configured with it
        key = contract_key(self.config.secure_key_file)
        if not key:
            raise BadInput("secure_key_file", self.config.secure_key_file.name, "a file with the key of the contract")
        return key.encode()

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
