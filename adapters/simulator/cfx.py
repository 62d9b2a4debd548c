"""CFX messages as TIPS and the non-tax platform play them: strict about every group and field, GBK on the wire."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

UNKNOWN_MESSAGE = "92001"
WRONG_VALUE = "93001"
MISSING = "93002"

_HEAD = ("VER", "SRC", "DES", "APP", "MsgNo", "MsgID", "MsgRef", "WorkDate")
_MOST_BYTES = 1 << 20
_DECLARED = re.compile(r'<\?xml version="1\.0" encoding="GBK"\?>\s*')

Form = Mapping[str, Any]
"""Fields by name: a pattern for a text, a Form for a group, a list of one Form for repeated groups. `?`: optional."""


class Wrong(Exception):
    """A message that is not taken, with the network's result code."""

    def __init__(self, result: str, said: str) -> None:
        super().__init__(f"{result}: {said}")
        self.result = result
        self.said = said


@dataclass(frozen=True, slots=True)
class Message:
    """A message that came: its HEAD by field, its MSG as it is."""

    head: Mapping[str, str]
    body: Element


def read(raw: bytes) -> Message:
    """Reads the envelope. Wrong says what does not fit."""
    if len(raw) > _MOST_BYTES:
        raise Wrong(WRONG_VALUE, f"{len(raw)} bytes")
    try:
        text = raw.decode("gbk")
        declared = _DECLARED.match(text)
        if declared is None:
            raise Wrong(WRONG_VALUE, "no XML declaration with encoding GBK")
        root = fromstring(text[declared.end() :], forbid_dtd=True)
    except (UnicodeDecodeError, ElementTree.ParseError, DefusedXmlException) as error:
        raise Wrong(WRONG_VALUE, f"no XML in GBK: {type(error).__name__}") from None
    if root.tag != "CFX" or [each.tag for each in root] != ["HEAD", "MSG"]:
        raise Wrong(WRONG_VALUE, "CFX holds HEAD and MSG")
    head = {each.tag: each.text or "" for each in root[0]}
    if tuple(each.tag for each in root[0]) != _HEAD:
        raise Wrong(WRONG_VALUE, f"HEAD is {' '.join(_HEAD)}")
    if not re.fullmatch("[0-9]{20}", head["MsgID"]) or not re.fullmatch("[0-9]{8}", head["WorkDate"]):
        raise Wrong(WRONG_VALUE, "MsgID has 20 digits, WorkDate 8")
    return Message(head, root[1])


def taken(parent: Element, form: Form) -> dict[str, Any]:
    """The values of a group, every field checked. Wrong names the first that is unknown, missing or odd."""
    names = {name.rstrip("?") for name in form}
    strange = [each.tag for each in parent if each.tag not in names]
    if strange:
        raise Wrong(WRONG_VALUE, f"{parent.tag} has no {strange[0]}")
    values: dict[str, Any] = {}
    for key, inner in form.items():
        name = key.rstrip("?")
        found = parent.findall(name)
        if not found:
            if key.endswith("?"):
                continue
            raise Wrong(MISSING, f"{parent.tag}.{name}")
        if isinstance(inner, list):
            values[name] = [taken(each, inner[0]) for each in found]
        elif len(found) > 1:
            raise Wrong(WRONG_VALUE, f"{parent.tag}.{name} comes twice")
        elif isinstance(inner, str):
            text = found[0].text or ""
            if not re.fullmatch(inner, text) or len(found[0]):
                raise Wrong(WRONG_VALUE, f"{parent.tag}.{name}: {text[:40]}")
            values[name] = text
        else:
            values[name] = taken(found[0], inner)
    return values


def document(head: Sequence[str], work_date: date, groups: Mapping[str, Any]) -> bytes:
    """A message in GBK. `head`: SRC, DES, APP, MsgNo, MsgID, MsgRef."""
    root = Element("CFX")
    written = ElementTree.SubElement(root, "HEAD")
    for name, text in zip(_HEAD, ("1.0", *head, f"{work_date:%Y%m%d}"), strict=True):
        ElementTree.SubElement(written, name).text = text
    fill(ElementTree.SubElement(root, "MSG"), groups)
    text = '<?xml version="1.0" encoding="GBK"?>\n' + ElementTree.tostring(root, encoding="unicode")
    return text.encode("gbk")


def fill(parent: Element, groups: Mapping[str, Any]) -> None:
    """Writes texts, groups and lists of groups."""
    for name, value in groups.items():
        for each in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(parent, name)
            if isinstance(each, str):
                child.text = each
            else:
                fill(child, each)
