"""UnionPay's encryption certificate: asked for daily (95/00), and pinned only where its chain leads to a pinned root.

Heyi encrypts no card data; the certificate is kept so that it is known, watched, and there for whoever does. The old
one and the new one count side by side for a month, so what is pinned stays.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.unionpay import codes
from adapters.unionpay.certificates import certificate
from adapters.unionpay.gateway import AcpGateway
from adapters.wire.beijing import stamp
from foundation.errors import BadInput, Unavailable
from foundation.identifiers import new_id
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Unauthentic
from settlement.ports.refusal import Refused

_LEAST_BITS = 2048
_ORDER_ID = 24


@dataclass(frozen=True, slots=True)
class Pinned:
    """A pinned certificate: its file, its number in decimal (`encryptCertId`), and its dates."""

    path: Path
    number: str
    from_at: datetime
    until: datetime


def pinned(config: AcpConfig) -> tuple[Pinned, ...]:
    """What is pinned of a contract, the newest first; nothing where no folder is configured."""
    folder = config.encryption_certificates
    if folder is None or not folder.is_dir():
        return ()
    found = [_described(path, certificate(path)) for path in folder.glob("*.cer")]
    return tuple(sorted(found, key=lambda one: one.from_at, reverse=True))


async def renew(gateway: AcpGateway) -> Pinned | None:
    """Asks for the certificate and pins it; None where it is the one that is pinned, or the answer brings none.

    Unauthentic: the answer or the certificate is not to be believed, and nothing was pinned. Unavailable, Refused: ask
    another day. BadInput: no folder is configured.
    """
    folder = gateway.config.encryption_certificates
    if folder is None:
        raise BadInput("encryption_certificates", None, "a folder in the region's channel section")
    pem = await _asked(gateway)
    if not pem:
        return None
    found = _read(pem)
    gateway.trust().vouches_for(found, gateway.now())
    known = pinned(gateway.config)
    _check_newer(found, known)
    one = _described(folder / f"{found.serial_number}.cer", found)
    if one.number in {each.number for each in known}:
        return None
    _put(one.path, found.public_bytes(Encoding.PEM))
    return one


async def _asked(gateway: AcpGateway) -> str:
    """The PEM of the answer, or ''."""
    question = {
        "txnType": "95",
        "txnSubType": "00",
        "bizType": "000000",
        "channelType": "07",
        "certType": "01",
        "orderId": new_id().hex[:_ORDER_ID],
        "txnTime": stamp(gateway.now()),
    }
    answer = await gateway.ask(gateway.config.gateway.rstrip("/") + "/gateway/api/backTransReq.do", question)
    if any(answer.get(name) != question[name] for name in ("txnType", "orderId", "txnTime")):
        raise Unauthentic("the answer is not about the question for the encryption certificate")
    code = answer.get("respCode", "")
    if code in codes.MAY_BE_UNDER_WAY:
        raise Unavailable(f"UnionPay does not know yet: {code} {answer.get('respMsg', '')}", resp_code=code)
    if code != codes.DONE:
        raise Refused("UnionPay", code, answer.get("respMsg", ""))
    return answer.get("encryptPubKeyCert", "")


def _read(pem: str) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificate(pem.encode())
        key = found.public_key()
    except ValueError as error:
        raise Unauthentic(f"encryptPubKeyCert is no certificate: {error}") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise Unauthentic(f"the key in encryptPubKeyCert is not RSA of at least {_LEAST_BITS} bits")
    return found


def _check_newer(found: x509.Certificate, known: Sequence[Pinned]) -> None:
    """An old answer, sent again, must not bring an old certificate back."""
    if known and found.not_valid_before_utc < known[0].from_at:
        raise Unauthentic(f"encryptPubKeyCert is older than {known[0].path.name}, which is pinned")


def _described(path: Path, found: x509.Certificate) -> Pinned:
    return Pinned(path, str(found.serial_number), found.not_valid_before_utc, found.not_valid_after_utc)


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all: another process may read the folder at this moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)
