"""QRA's messages: one flat XML element, signed. The same for requests, answers and notifications."""

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from adapters.unionpay.qra.signature import is_signed, sign
from foundation.errors import BadInput
from settlement.ports.channel import Unauthentic

_MOST_BYTES = 1 << 16


def written(fields: Mapping[str, str], key: str) -> bytes:
    """A signed message of the fields."""
    root = Element("xml")
    for name, value in sorted({**fields, "sign": sign(fields, key)}.items()):
        SubElement(root, name).text = value
    return bytes(tostring(root, encoding="utf-8"))


def read(body: bytes, key_of: Callable[[str], str], sign_type: str) -> dict[str, str]:
    """The fields of a message that QRA signed. `key_of` gives the key of a merchant, or refuses.

    BadInput: no flat XML, or a field twice. Unauthentic: the signature is wrong, or not of the agreed kind.
    """
    found = fields_of(body)
    shown = found.get("sign_type") or "MD5"
    if shown != sign_type:
        raise Unauthentic(f"sign_type is {shown!r}, agreed is {sign_type}")
    if not found.get("sign"):
        raise Unauthentic("the message carries no signature")
    if not is_signed(found, key_of(found.get("mch_id", ""))):
        raise Unauthentic("the signature does not fit the fields: something was changed on the way")
    return found


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a message, before anything is believed. BadInput: no flat XML, or a field twice."""
    if not 0 < len(body) <= _MOST_BYTES:
        raise BadInput("message", f"{len(body)} bytes", f"1 to {_MOST_BYTES} bytes")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadInput("message", body[:40], f"XML without a document type ({error})") from None
    names = [child.tag for child in root]
    if len(set(names)) != len(names) or any(len(child) for child in root):
        raise BadInput("message", names[:20], "each field once, none inside another")
    return {child.tag: child.text or "" for child in root}
