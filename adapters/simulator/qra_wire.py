"""QRA on the wire: one flat XML element, signed with the merchant's key (docs/channels.md)."""

import hashlib
import hmac
from collections.abc import Mapping
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeTree

_MOST_BYTES = 1 << 16


class QraRefusal(Exception):
    """An answer other than yes. `need_query`: it is not known whether something was done."""

    def __init__(self, code: str, text: str, status: int = 200, need_query: bool = False) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text
        self.status = status
        self.need_query = need_query


def signature(fields: Mapping[str, str], key: str) -> str:
    """Sorted fields that are not empty, then `key=`, hashed as sign_type says, in capitals."""
    kept = [f"{name}={value}" for name, value in sorted(fields.items()) if value and name != "sign"]
    text = "&".join([*kept, f"key={key}"]).encode()
    return hashlib.new("sm3" if fields.get("sign_type") == "SM3" else "md5", text).hexdigest().upper()


def written(fields: Mapping[str, str], key: str) -> bytes:
    """A signed message."""
    return element({**fields, "sign": signature(fields, key)})


def element(fields: Mapping[str, str]) -> bytes:
    """A message as its fields are."""
    root = ElementTree.Element("xml")
    for name, value in fields.items():
        ElementTree.SubElement(root, name).text = value
    return bytes(ElementTree.tostring(root, encoding="utf-8"))


def read(body: bytes) -> dict[str, str]:
    """The fields of a message. QraRefusal 400 for what is no flat XML."""
    try:
        if len(body) > _MOST_BYTES:
            raise ValueError("too long")
        root = SafeTree.fromstring(body, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        raise QraRefusal("XMLERROR", "报文不是 XML", 400) from None
    fields = {child.tag: child.text or "" for child in root}
    if len(fields) != len(root) or any(len(child) for child in root):
        raise QraRefusal("XMLERROR", "字段重复或嵌套", 400)
    return fields


def is_signed(fields: Mapping[str, str], key: str) -> bool:
    """Whether the signature is the merchant's."""
    return hmac.compare_digest(signature(fields, key), fields.get("sign", ""))
