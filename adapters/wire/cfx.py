"""CFX messages by declarative maps: which groups and fields a message has is data, not code.

A map is a YAML file with `kinds` (what a field may hold) and `messages` (groups and fields by message number). A key
ends in `?` where it may be missing and in `*` where it comes once or more; a mapping is a group. Nothing that the map
does not name is taken or sent, and nothing that it names may be missing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from adapters.wire.answers import fen_of_yuan
from adapters.wire.xml import BadXml
from foundation.errors import BadInput
from foundation.money import plain_yuan
from foundation.yaml_text import parse_yaml

Values = Mapping[str, Any]
"""A group's fields: text, date, int, fen, a group of its own, or a list of groups."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds: a pattern over the whole text, at most so many characters, and how it is read."""

    pattern: re.Pattern[str]
    most: int
    read_as: str


class FieldMap:
    """The messages of one protocol, read from its file."""

    def __init__(self, path: Path) -> None:
        content: Any = parse_yaml(path.read_text(encoding="utf-8"))
        self._kinds = {
            name: Kind(re.compile(kind.get("pattern", "(?s).*")), kind.get("most", 200), kind.get("as", "text"))
            for name, kind in content["kinds"].items()
        }
        self._messages: Mapping[str, Mapping[str, Any]] = content["messages"]

    def fill(self, parent: Element, message: str, values: Values) -> None:
        """Writes the groups of a message under an element. BadInput names the field that the map does not allow."""
        self._write(parent, self._messages[message], values, message)

    def read(self, parent: Element, message: str) -> dict[str, Any]:
        """Reads the groups of a message. BadXml names the field that is unknown, missing, repeated or odd."""
        if message not in self._messages:
            raise BadXml(f"message {message} is not known; known: {', '.join(self._messages)}")
        return self._read(parent, self._messages[message], message)

    def _write(self, parent: Element, spec: Mapping[str, Any], values: Values, where: str) -> None:
        unknown = values.keys() - {key.rstrip("?*") for key in spec}
        if unknown:
            raise BadInput(where, ", ".join(sorted(unknown)), "fields of the message's map")
        for key, kind in spec.items():
            name = key.rstrip("?*")
            if name not in values:
                if key.endswith("?"):
                    continue
                raise BadInput(f"{where}.{name}", None, "a value; the message needs it")
            value = values[name]
            if isinstance(kind, str):
                SubElement(parent, name).text = self._text(self._kinds[kind], value, f"{where}.{name}")
                continue
            for one in value if key.endswith("*") else [value]:
                self._write(SubElement(parent, name), kind, one, f"{where}.{name}")

    def _text(self, kind: Kind, value: Any, where: str) -> str:
        text = {"fen": plain_yuan, "day": "{:%Y%m%d}".format}.get(kind.read_as, str)(value)
        if len(text) > kind.most or not kind.pattern.fullmatch(text):
            raise BadInput(where, text, f"at most {kind.most} characters that fit {kind.pattern.pattern}")
        try:
            text.encode("gbk")
        except UnicodeEncodeError as error:
            rare = text[error.start : error.end]
            raise BadInput(where, rare, "characters of GBK; write a rare one in pinyin, as bank cards do") from None
        return text

    def _read(self, parent: Element, spec: Mapping[str, Any], where: str) -> dict[str, Any]:
        names = {key.rstrip("?*") for key in spec}
        unknown = [child.tag for child in parent if child.tag not in names]
        if unknown:
            raise BadXml(f"{where} has no {unknown[0]}; it has {', '.join(sorted(names))}")
        values: dict[str, Any] = {}
        for key, kind in spec.items():
            name = key.rstrip("?*")
            found = parent.findall(name)
            if not found and key.endswith("?"):
                continue
            if not found or (len(found) > 1 and not key.endswith("*")):
                raise BadXml(f"{where}.{name} is there {len(found)} times")
            if isinstance(kind, str):
                values[name] = self._value(self._kinds[kind], found[0], f"{where}.{name}")
                continue
            groups = [self._read(one, kind, f"{where}.{name}") for one in found]
            values[name] = groups if key.endswith("*") else groups[0]
        return values

    def _value(self, kind: Kind, element: Element, where: str) -> str | int | date:
        text = element.text or ""
        if len(element) or element.attrib:
            raise BadXml(f"{where} holds more than a text")
        if len(text) > kind.most or not kind.pattern.fullmatch(text):
            raise BadXml(f"{where}: {text[:40]!r} is not of the form {kind.pattern.pattern}, at most {kind.most}")
        try:
            match kind.read_as:
                case "fen":
                    return fen_of_yuan(text)
                case "day":
                    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
                case "int":
                    return int(text)
        except ValueError as error:
            raise BadXml(f"{where}: {text[:40]!r}: {error}") from None
        return text


@dataclass(frozen=True, slots=True)
class Head:
    """HEAD of a message; `msg_ref` of a request repeats its own `msg_id`, of a reply it names the request's."""

    source: str
    destination: str
    application: str
    msg_no: str
    msg_id: str
    msg_ref: str
    work_date: date


_HEAD = ("VER", "SRC", "DES", "APP", "MsgNo", "MsgID", "MsgRef", "WorkDate")
_VERSION = "1.0"
_MESSAGE_ID = re.compile("[0-9]{20}")


def envelope(head: Head) -> tuple[Element, Element]:
    """A CFX element with its HEAD, and its empty MSG."""
    root = Element("CFX")
    written = SubElement(root, "HEAD")
    for tag, text in (
        ("VER", _VERSION),
        ("SRC", head.source),
        ("DES", head.destination),
        ("APP", head.application),
        ("MsgNo", head.msg_no),
        ("MsgID", head.msg_id),
        ("MsgRef", head.msg_ref),
        ("WorkDate", f"{head.work_date:%Y%m%d}"),
    ):
        SubElement(written, tag).text = text
    return root, SubElement(root, "MSG")


def opened(root: Element) -> tuple[Head, Element]:
    """HEAD and MSG of a CFX element. BadXml names what is missing, unknown or odd."""
    if root.tag != "CFX" or [child.tag for child in root] != ["HEAD", "MSG"]:
        raise BadXml(f"{root.tag} with {[child.tag for child in root]}, expected CFX with HEAD and MSG")
    fields = {child.tag: child.text or "" for child in root[0]}
    wrong = set(_HEAD) ^ (fields.keys() - {"Reserve"})
    if wrong or len(fields) != len(root[0]):
        raise BadXml(f"HEAD misses, does not know or repeats: {', '.join(sorted(wrong)) or 'a field'}")
    if fields["VER"] != _VERSION or not all(_MESSAGE_ID.fullmatch(fields[name]) for name in ("MsgID", "MsgRef")):
        raise BadXml("HEAD: VER is 1.0, MsgID and MsgRef have 20 digits")
    try:
        day = datetime.strptime(fields["WorkDate"], "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise BadXml(f"HEAD.WorkDate: {fields['WorkDate']!r} is not yyyyMMdd") from None
    head = Head(
        source=fields["SRC"],
        destination=fields["DES"],
        application=fields["APP"],
        msg_no=fields["MsgNo"],
        msg_id=fields["MsgID"],
        msg_ref=fields["MsgRef"],
        work_date=day,
    )
    return head, root[1]


def written(root: Element) -> str:
    """An element as text; characters are as they are."""
    return tostring(root, encoding="unicode")
