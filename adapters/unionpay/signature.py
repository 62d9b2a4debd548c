"""ACP's signatures: the sorted fields are hashed to hex, and that text is signed (hashed twice, in effect).

Methods: 01 RSA with SHA-256, 11 SHA-256 with a shared key, 12 SM3 with a shared key.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from foundation.errors import BadInput

KEYED_HASHES = {"11": "sha256", "12": "sm3"}


def signing_text(fields: Mapping[str, str], *, with_empty: bool = False) -> bytes:
    """All fields but `signature`, sorted by key in byte order, raw, joined `k=v&k=v`; empty ones left out."""
    kept = [(key.encode(), value) for key, value in fields.items() if key != "signature" and (value or with_empty)]
    return b"&".join(key + b"=" + value.encode() for key, value in sorted(kept))


def sign_rsa(fields: Mapping[str, str], key: RSAPrivateKey) -> str:
    """Method 01: base64 of RSASSA-PKCS1-v1_5 with SHA-256 over the hex of the fields' SHA-256."""
    return base64.b64encode(key.sign(_hex(signing_text(fields)), PKCS1v15(), SHA256())).decode()


def verify_rsa(fields: Mapping[str, str], key: RSAPublicKey) -> bool:
    """Whether method 01's signature in the fields is right.

    UnionPay's own programs do not agree on whether empty fields of a received message count, so either text will do;
    both say the same of every field that has a value.
    """
    shown = fields.get("signature", "")
    try:
        signature = base64.b64decode(shown, validate=True)
    except (binascii.Error, ValueError):
        return False
    if base64.b64encode(signature).decode() != shown:
        return False  # the last character has bits to spare: one signature, one text
    if _fits(key, signature, signing_text(fields)):
        return True
    return not all(fields.values()) and _fits(key, signature, signing_text(fields, with_empty=True))


def sign_keyed(fields: Mapping[str, str], secure_key: bytes) -> str:
    """Methods 11 and 12 (as the field signMethod says): a hash over the text and the hash of the shared key."""
    method = fields.get("signMethod", "")
    if method not in KEYED_HASHES:
        raise BadInput("signMethod", method, "11 (SHA-256) or 12 (SM3)")
    algorithm = KEYED_HASHES[method]
    hashed_key = hashlib.new(algorithm, secure_key).hexdigest().encode()
    return hashlib.new(algorithm, signing_text(fields) + b"&" + hashed_key).hexdigest()


def verify_keyed(fields: Mapping[str, str], secure_key: bytes) -> bool:
    """Whether the signature of method 11 or 12 is right. An empty key proves nothing and is refused."""
    if not secure_key:
        raise BadInput("secure_key", "", "the key that the merchant platform shows; with none anybody could sign")
    return hmac.compare_digest(fields.get("signature", "").encode(), sign_keyed(fields, secure_key).encode())


def _hex(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()


def _fits(key: RSAPublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, _hex(text), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
