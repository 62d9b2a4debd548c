"""The treasury network's envelope, CFX in GBK: read piece by piece, so that a large file is no tree in memory."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

import pyarrow as pa

from settlement.ports.statements import Fault, UnreadableStatement

DETAIL = ("TreCode", "ExpTaxVouNo", "OriOuterLevyNo", "BudgetSubjectCode", "BudgetLevelCode", "TraAmt")
"""What every row must have."""

SESSION = "ChkAcctOrd"
"""The batch (对账批次) of a row, where the day was divided into such; empty where it was not."""

_HEAD, _TOTALS = ("CFX", "HEAD"), ("CFX", "MSG", "BatchHead3139")
_SESSION, _ROW = ("CFX", "MSG", "ChkAcct3139"), ("CFX", "MSG", "IncomeDetail3139")
_GROUPS = (_HEAD, _TOTALS, _SESSION, _ROW)
_DECLARATION = re.compile(r"""<\?xml[^>]*encoding\s*=\s*["']GBK["'][^>]*\?>""", re.IGNORECASE)
_PIECE = 1 << 20
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Group:
    """One group of named texts, such as HEAD. A name that comes twice counts as missing."""

    name: str
    texts: Mapping[str, str]

    def text(self, name: str) -> str:
        """The text of a name; UnreadableStatement (F0-5) where it is missing."""
        if not self.texts.get(name):
            raise UnreadableStatement(f"{self.name}: {name} is missing", kind="F0-5")
        return self.texts[name]

    def expect(self, wanted: Mapping[str, str], kind: Fault) -> None:
        """Holds the group to what it should say."""
        for name, expected in wanted.items():
            if (text := self.text(name)) != expected:
                raise UnreadableStatement(f"{self.name}: {name} is {text!r}, expected {expected!r}", kind=kind)


@dataclass(frozen=True, slots=True)
class File:
    """A statement's head, its totals, those of its batches, and its rows.

    The rows are columns of strings with `line_no`, the number of each.
    """

    head: Group
    totals: Group
    sessions: tuple[Group, ...]
    details: pa.Table


def read_file(raw: bytes) -> File:
    """Reads a file 3139. UnreadableStatement: not whole (F0-4), not GBK or not such a file (F0-5)."""
    decoder = codecs.getincrementaldecoder("gbk")()
    reader = _Reader()
    try:
        first = decoder.decode(raw[:_PIECE], final=len(raw) <= _PIECE)
        declaration = _DECLARATION.match(first)
        if declaration is None:
            raise UnreadableStatement("the first line is not an XML declaration with encoding GBK", kind="F0-5")
        reader.feed(first[declaration.end() :])
        for start in range(_PIECE, len(raw), _PIECE):
            reader.feed(decoder.decode(raw[start : start + _PIECE], final=start + _PIECE >= len(raw)))
        return reader.file()
    except UnicodeDecodeError as error:
        raise UnreadableStatement(f"not GBK: {error.reason}", kind="F0-5") from None
    except expat.ExpatError as error:
        raise UnreadableStatement(f"not well-formed XML, or cut off: {error}") from None


@dataclass(slots=True)
class _Reader:
    """What expat tells, put together. The parser knows no GBK, so it is fed text; a DTD is refused."""

    path: list[str] = field(default_factory=list)
    texts: dict[str, str | None] = field(default_factory=dict)
    groups: dict[tuple[str, ...], Group] = field(default_factory=dict)
    sessions: list[Group] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in (*DETAIL, SESSION)})
    parser: expat.XMLParserType = field(default_factory=lambda: expat.ParserCreate("utf-8"))

    def __post_init__(self) -> None:
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.say
        self.parser.StartDoctypeDeclHandler = self.refuse

    def feed(self, text: str) -> None:
        self.parser.Parse(text.encode(), False)

    def file(self) -> File:
        self.parser.Parse(b"", True)
        for where in (_HEAD, _TOTALS):
            if where not in self.groups:
                raise UnreadableStatement(f"{'/'.join(where)} is missing", kind="F0-5")
        numbers = pa.array(range(1, len(self.columns["TreCode"]) + 1), pa.int64())
        details = pa.table(
            {"line_no": numbers, **{name: pa.array(of, pa.string()) for name, of in self.columns.items()}}
        )
        return File(self.groups[_HEAD], self.groups[_TOTALS], tuple(self.sessions), details)

    def start(self, name: str, _attributes: Mapping[str, str]) -> None:
        if not self.path and name != "CFX":
            raise UnreadableStatement(f"the outermost element is {name}, expected CFX", kind="F0-5")
        self.path.append(name)
        if len(self.path) > _DEEPEST:
            raise UnreadableStatement("elements are nested too deeply", kind="F0-5")
        if tuple(self.path) in _GROUPS:
            self.texts = {}
        else:
            self.texts[name] = None if name in self.texts else ""

    def say(self, text: str) -> None:
        if (before := self.texts.get(self.path[-1])) is not None:
            self.texts[self.path[-1]] = before + text

    def end(self, name: str) -> None:
        where = tuple(self.path)
        self.path.pop()
        if where == _ROW:
            for column, values in self.columns.items():
                values.append((self.texts.get(column) or "").strip())
        elif where in _GROUPS:
            group = Group(name, {key: (text or "").strip() for key, text in self.texts.items()})
            if where == _SESSION:
                self.sessions.append(group)
                return
            if where in self.groups:
                raise UnreadableStatement(f"{name} is there twice", kind="F0-5")
            self.groups[where] = group

    def refuse(self, *_: object) -> NoReturn:
        raise UnreadableStatement("the file declares a document type, which no statement does", kind="F0-5")
