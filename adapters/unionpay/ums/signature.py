"""ChinaUMS's two signatures, with a secret each. They are not interchangeable."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from foundation.errors import BadInput

HASHES = {"MD5": "md5", "SHA256": "sha256"}


def key_append(fields: Mapping[str, str], key: str, sign_type: str) -> str:
    """The signature of notifications and of the old interface: sorted raw fields, then the key itself, hashed to hex.

    Every field counts that came and is not empty, but `sign`: also the salt, whose name is random.
    BadInput: an empty key, with which anybody could sign, or an unknown sign type.
    """
    if not key:
        raise BadInput("communication_key", "", "the key of the contract; with none anybody could sign")
    if sign_type not in HASHES:
        raise BadInput("signType", sign_type, " or ".join(HASHES))
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "sign" and fields[name])
    return hashlib.new(HASHES[sign_type], (text + key).encode()).hexdigest()


def is_key_appended(fields: Mapping[str, str], key: str, sign_type: str) -> bool:
    """Whether the field `sign` is right; upper and lower case are the same."""
    shown = fields.get("sign", "").lower()
    return hmac.compare_digest(shown.encode(), key_append(fields, key, sign_type).encode())


def open_body_sig(app_id: str, app_key: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The Authorization header of the open platform, over the very bytes that are sent.

    `timestamp` is yyyyMMddHHmmss (requestTimestamp inside the body has dashes), `nonce` at most 128 characters.
    """
    text = app_id + timestamp + nonce + hashlib.sha256(body).hexdigest()
    signature = base64.b64encode(hmac.digest(app_key.encode(), text.encode(), "sha256")).decode()
    return f'OPEN-BODY-SIG AppId="{app_id}", Timestamp="{timestamp}", Nonce="{nonce}", Signature="{signature}"'
