"""A certificate authority made for the tests: root, middle, UnionPay's signing certificate, and forgeries of each."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SIGNER_NAME = "041@8310000000083040@中国银联股份有限公司@00016495"
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
FROM, UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode().replace("\n", "\r\n")


@cache
def key(which: str) -> RSAPrivateKey:
    """A key for a role; one for each, since making them takes a while."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def issue(
    name: str, by: Holder | None, *, role: str, is_ca: bool = False, since: datetime = FROM, until: datetime = UNTIL
) -> Holder:
    """A certificate for a common name, issued by a holder or by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    own = key(role)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .sign(by.key if by else own, SHA256())
    )
    return Holder(made, own)


def with_sha1(holder: Holder, by: Holder) -> Holder:
    """The same certificate, signed with SHA-1: the library signs no such thing any more, so the DER is put together."""
    sha256, sha1 = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    body = holder.certificate.tbs_certificate_bytes
    changed = body.replace(sha256, sha1)
    whole = holder.certificate.public_bytes(Encoding.DER)
    signature = by.key.sign(changed, PKCS1v15(), SHA1())
    made = whole.replace(body, changed).replace(holder.certificate.signature, signature).replace(sha256, sha1)
    return Holder(x509.load_der_x509_certificate(made), holder.key)


@cache
def root() -> Holder:
    return issue("Root of the tests", None, role="root", is_ca=True)


@cache
def middle() -> Holder:
    return issue("Middle of the tests", root(), role="middle", is_ca=True)


@cache
def unionpay() -> Holder:
    return issue(SIGNER_NAME, middle(), role="unionpay")


@cache
def merchant() -> Holder:
    return issue("a merchant", middle(), role="merchant")


def signed(fields: dict[str, str], by: Holder | None = None) -> dict[str, str]:
    """A message as UnionPay signs it, worked out here from the specification and not by the adapter's code."""
    by = by or unionpay()
    message = {"signMethod": "01", **fields, "signPubKeyCert": by.pem}
    text = "&".join(f"{key}={message[key]}" for key in sorted(message) if message[key] and key != "signature")
    digest = hashlib.sha256(text.encode()).hexdigest().encode()
    return {**message, "signature": base64.b64encode(by.key.sign(digest, PKCS1v15(), SHA256())).decode()}


def raw(fields: dict[str, str]) -> bytes:
    """A synchronous answer's bytes."""
    return "&".join(f"{key}={value}" for key, value in fields.items()).encode()


def write_files(folder: Path) -> None:
    """root.cer (DER), middle.pem, merchant.cer and merchant.key, as a region's configuration names them."""
    (folder / "root.cer").write_bytes(root().certificate.public_bytes(Encoding.DER))
    (folder / "middle.pem").write_bytes(middle().certificate.public_bytes(Encoding.PEM))
    (folder / "merchant.cer").write_bytes(merchant().certificate.public_bytes(Encoding.PEM))
    (folder / "merchant.key").write_bytes(
        merchant().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
