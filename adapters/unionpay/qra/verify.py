"""Says whether a recorded message is from QRA: for the desk, not for the running channel."""

from adapters.unionpay.finding import Finding
from adapters.unionpay.qra.messages import fields_of
from adapters.unionpay.qra.signature import is_signed
from foundation.errors import HeyiError


def examine(body: bytes, key: str) -> Finding:
    """Examines a notification or a synchronous answer, which are alike, under a merchant's key."""
    shape = "message"
    try:
        fields = fields_of(body.strip())
        shape = "notification" if "pay_result" in fields else "synchronous answer"
        if not fields.get("sign"):
            return Finding(False, shape, f"it carries no signature; it says: {fields.get('message', '')}".strip(": "))
        if is_signed(fields, key):
            kind = fields.get("sign_type") or "MD5"
            return Finding(True, shape, f"signed with {kind} under the key of merchant {fields.get('mch_id', '')}")
    except HeyiError as error:
        return Finding(False, shape, error.detail)
    return Finding(False, shape, "the signature does not fit the fields: something was changed, or the key is another")
