"""Personal data at rest and on the way out: sealed, findable by a keyed digest, masked when shown."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Seal:
    """Seals texts with AES-256-GCM and makes digests for equality search, from one 32-byte key.

    The key gives two others (HKDF), so that a digest tells nothing about the sealing.
    """

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(_derived(key, b"heyi sealing"))
        self._digest_key = _derived(key, b"heyi digest")

    def close(self, text: str, context: str) -> bytes:
        """Seals a text for one context (such as 'party.identity'); another context cannot open it."""
        return self.close_bytes(text.encode(), context)

    def open(self, sealed: bytes, context: str) -> str:
        """Opens what `close` sealed for the same context."""
        return self.open_bytes(sealed, context).decode()

    def close_bytes(self, content: bytes, context: str) -> bytes:
        """Seals a file as `close` seals a text."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, content, context.encode())

    def open_bytes(self, sealed: bytes, context: str) -> bytes:
        """Opens what `close_bytes` sealed for the same context."""
        return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())

    def digest(self, text: str) -> bytes:
        """A keyed digest (HMAC-SHA-256): equal texts have equal digests, nothing else can be told."""
        return hmac.digest(self._digest_key, text.encode(), hashlib.sha256)


def masked_name(name: str) -> str:
    """A person's name as others may see it: 王小明 → 王**, Li Wei → L*****."""
    return name[:1] + "*" * max(len(name) - 1, 1)


def masked_identity(number: str) -> str:
    """An identity number with its first and last four characters at most."""
    if len(number) <= 8:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    return number[:4] + "*" * (len(number) - 8) + number[-4:]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(key)
