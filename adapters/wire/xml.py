"""XML in GBK as China's financial networks write it: read within bounds, no DTD, no entity, no external anything."""

import re
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

MOST_BYTES = 1 << 20
MOST_DEPTH = 8

_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


class BadXml(ValueError):
    """A text that is not the XML that was expected, or more of it than is allowed; the message says which."""


def gbk_tree(raw: bytes, most_bytes: int = MOST_BYTES) -> Element:
    """The tree of a GBK document that begins with its declaration.

    It is decoded here, since the XML parser does not know GBK by itself. BadXml: not GBK, too large, too deep, a
    DTD or an entity, not well-formed.
    """
    if len(raw) > most_bytes:
        raise BadXml(f"{len(raw)} bytes, at most {most_bytes} are read")
    try:
        text = raw.decode("gbk")
    except UnicodeDecodeError as error:
        raise BadXml(f"not GBK at byte {error.start}") from None
    declaration = _DECLARATION.match(text)
    encoding = _ENCODING.search(declaration[0]) if declaration else None
    if declaration is None or encoding is None or encoding[1].upper() != "GBK":
        raise BadXml("the first line is not an XML declaration with encoding GBK")
    return bounded_tree(text[declaration.end() :])


def bounded_tree(text: str) -> Element:
    """The tree of a document or fragment without a declaration, at most MOST_DEPTH deep. BadXml as for `gbk_tree`."""
    depth = 0
    root: Element | None = None
    try:
        for event, element in iterparse(BytesIO(text.encode()), ("start", "end"), forbid_dtd=True):
            if event == "end":
                depth -= 1
                continue
            root = element if root is None else root
            depth += 1
            if depth > MOST_DEPTH:
                raise BadXml(f"more than {MOST_DEPTH} levels")
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise error if isinstance(error, BadXml) else BadXml(f"not well-formed XML: {error}") from None
    if root is None:
        raise BadXml("no element")
    return root


def gbk_document(root: str) -> bytes:
    """A document in GBK with its declaration. UnicodeEncodeError where a character is not in GBK."""
    return ('<?xml version="1.0" encoding="GBK"?>\n' + root).encode("gbk")
