"""Says whether a recorded message is from ChinaUMS: for the desk, not for the running channel.

Notifications, return addresses and the older interface carry a signature in the body. Answers of the open platform
carry none: nothing can be said of a recorded one.
"""

import json
from collections.abc import Mapping
from typing import Any

from adapters.unionpay.finding import Finding
from adapters.unionpay.messages import read_notification
from adapters.unionpay.ums.signature import HASHES, is_key_appended
from foundation.errors import BadInput, HeyiError


def examine(body: bytes, key: str) -> Finding:
    """Examines a form-encoded notification, or a message or answer in JSON, under a communication key."""
    shape = "message in JSON" if body.lstrip().startswith(b"{") else "notification"
    try:
        fields = _json(body) if shape == "message in JSON" else read_notification(body.strip())
        shown = fields.get("sign", "")
        if not shown:
            said = "it carries no signature; an answer of the open platform is believed for its line alone"
            return Finding(False, shape, said)
        declared = fields.get("signType", "")
        for sign_type in [declared] if declared else HASHES:  # who says no kind may mean either
            if is_key_appended(fields, key, sign_type):
                return Finding(True, shape, f"signed with {sign_type} under the communication key")
    except HeyiError as error:
        return Finding(False, shape, error.detail)
    return Finding(False, shape, "the signature does not fit the fields: something was changed, or the key is another")


def _json(body: bytes) -> dict[str, str]:
    try:
        content = json.loads(body)
        json.dumps(content, ensure_ascii=False).encode()  # half a surrogate pair is valid JSON, but no text
    except (ValueError, RecursionError) as error:
        raise BadInput("message", body[:40], f"a JSON object ({error})") from None
    if not isinstance(content, Mapping):
        raise BadInput("message", body[:40], "a JSON object")
    return {name: _text(value) for name, value in content.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
