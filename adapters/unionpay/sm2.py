"""SM2 signatures (GB/T 32918.2), for an acquirer who asks for them. Needs `pip install heyi[sm2]`.

No public source shows SM2 at work in UnionPay's channels: none of them signs with it here, and what it signs is ACP's
sorted text. The library computes in plain Python and not in constant time, so that it is for tests and for examining
recorded messages; in production the key is in an HSM, whose driver takes the place of `SoftSm2`.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Protocol

from adapters.unionpay.signature import signing_text
from foundation.errors import BadInput

_PUBLIC_KEY_HEX = 130  # 04, then 32 bytes each of x and y
_USER = b"1234567812345678"  # the user id of GM/T 0009 where none was agreed


class Sm2Signer(Protocol):
    """What holds the private key: an HSM, or the library in tests."""

    def sign(self, text: bytes) -> bytes:
        """r and s of the signature, 32 bytes each."""


class SoftSm2:
    """A private key in memory. For tests only."""

    def __init__(self, private_key: bytes, public_key: bytes) -> None:
        self._sm2 = _library().SM2(private_key, _USER, public_key)

    def sign(self, text: bytes) -> bytes:
        """r and s of the signature, 32 bytes each."""
        r, s = self._sm2.sign(text)
        return bytes(r) + bytes(s)


def sign_sm2(fields: Mapping[str, str], signer: Sm2Signer) -> str:
    """Base64 of the signature over the sorted fields."""
    return base64.b64encode(signer.sign(signing_text(fields))).decode()


def verify_sm2(fields: Mapping[str, str], public_key: bytes) -> bool:
    """Whether the field `signature` is right under a public key of 65 bytes."""
    try:
        signature = base64.b64decode(fields.get("signature", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(signature) != 64:
        return False
    library = _library()
    try:
        return bool(library.SM2(None, _USER, public_key).verify(signing_text(fields), signature[:32], signature[32:]))
    except library.errors.GMError:
        return False


def public_key_of(text: str) -> bytes | None:
    """The public key that a key file holds in hex (04, x, y); None where it holds a shared key."""
    if len(text) != _PUBLIC_KEY_HEX or not text.startswith("04"):
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _library() -> Any:  # the library has no types
    try:
        import gmalg
    except ImportError:
        raise BadInput("signature", "SM2", "what is installed; install it with: pip install heyi[sm2]") from None
    return gmalg
