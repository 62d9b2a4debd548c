"""QRA's signature: sorted fields and the key, hashed, in capitals."""

import hashlib
import hmac
from collections.abc import Mapping

from foundation.errors import BadInput

_HASHES = {"MD5": "md5", "SM3": "sm3"}


def sign(fields: Mapping[str, str], key: str) -> str:
    """The field `sign`: all non-empty fields but itself, sorted, then `key=`, hashed as `sign_type` says.

    MD5 is what public sources show at work; SM3 is a documented value of sign_type whose use none of them shows.
    """
    sign_type = fields.get("sign_type") or "MD5"
    if sign_type not in _HASHES:
        raise BadInput("sign_type", sign_type, " or ".join(_HASHES))
    if not key:
        raise BadInput("key", "", "the key of the contract; with none anybody could sign")
    text = "".join(f"{name}={fields[name]}&" for name in sorted(fields) if name != "sign" and fields[name])
    return hashlib.new(_HASHES[sign_type], f"{text}key={key}".encode()).hexdigest().upper()


def is_signed(fields: Mapping[str, str], key: str) -> bool:
    """Whether the field `sign` is right."""
    return hmac.compare_digest(fields.get("sign", "").encode(), sign(fields, key).encode())
