"""UnionPay ACP 5.1.0 on the wire: forms, raw answers, signatures (docs/protocols.md, section 1)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.simulator.certificates import Identity, SharedKey

_HASHES = {"11": "sha256", "12": "sm3"}


class AcpRefusal(Exception):
    """A message that ACP does not take: its answer code and text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text

    @property
    def status(self) -> int:
        """The HTTP status: 401 for a signature (11), 400 otherwise, so that no mistake looks like success."""
        return 401 if self.code == "11" else 400


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form post, decoded once. AcpRefusal for anything that is not a clean UTF-8 form."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            encoding="utf-8",
            errors="strict",
        )
    except (ValueError, UnicodeError):
        raise AcpRefusal("10", "报文格式错误[6100030]: 不是 URL 编码的表单") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise AcpRefusal("10", "报文格式错误[6100030]: 字段重复")
    return fields


def signed_text(fields: Mapping[str, str]) -> str:
    """What is signed: all non-empty fields but `signature`, in byte order of their keys, values raw.

    UTF-8 keeps the order of code points, so that sorted texts are sorted bytes.
    """
    kept = sorted(key for key, value in fields.items() if value and key != "signature")
    return "&".join([f"{key}={fields[key]}" for key in kept])


def digest(fields: Mapping[str, str]) -> bytes:
    """The 64 lowercase hexadecimal characters that RSA signs, as ASCII."""
    return hashlib.sha256(signed_text(fields).encode()).hexdigest().encode()


def sign(fields: Mapping[str, str], by: Identity) -> dict[str, str]:
    """The fields with the signer's certificate and signature, as answers and notifications carry them."""
    whole = {**fields, "signMethod": "01", "signPubKeyCert": by.shown}
    signature = by.key.sign(digest(whole), PKCS1v15(), hashes.SHA256())
    return {**whole, "signature": base64.b64encode(signature).decode()}


def sign_keyed(fields: Mapping[str, str], by: SharedKey) -> dict[str, str]:
    """The fields signed with a shared key: the hash of the text and the key's own hash, in lowercase hexadecimals."""
    whole = {**fields, "signMethod": by.method}
    name = _HASHES[by.method]
    text = f"{signed_text(whole)}&{hashlib.new(name, by.key.encode()).hexdigest()}"
    return {**whole, "signature": hashlib.new(name, text.encode()).hexdigest()}


def raw_line(fields: Mapping[str, str]) -> bytes:
    """A synchronous answer: one `k=v&k=v` line in UTF-8 that is not url-encoded."""
    return "&".join(f"{key}={value}" for key, value in sorted(fields.items())).encode()


def verify_keyed(fields: Mapping[str, str], by: SharedKey) -> None:
    """Checks a merchant's signature by a shared key. AcpRefusal 11 where it is not right."""
    right = sign_keyed(fields, by)["signature"]
    if not hmac.compare_digest(right.encode(), fields.get("signature", "").encode()):
        raise AcpRefusal("11", "验证签名失败[9100004]")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What a merchant's signing certificate says: its decimal serial number, and the key."""

    cert_id: str
    key: RSAPublicKey

    @classmethod
    def of(cls, certificate: x509.Certificate) -> "KnownKey":
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise TypeError("a merchant's certificate must hold an RSA key")
        return cls(str(certificate.serial_number), key)


def verify(fields: Mapping[str, str], merchant: KnownKey) -> None:
    """Checks a merchant's signature. AcpRefusal 11 where certificate number or signature are not the merchant's."""
    if fields.get("certId") != merchant.cert_id:
        raise AcpRefusal("11", "验证签名失败[9100004]: certId 不是该商户的签名证书序列号")
    try:
        signature = base64.b64decode(fields.get("signature", ""), validate=True)
        merchant.key.verify(signature, digest(fields), PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        raise AcpRefusal("11", "验证签名失败[9100004]") from None
