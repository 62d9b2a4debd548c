"""What an assessment says: lines that are owed, and what stays open with the question that would settle it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from settlement.assessment.trace import Trace


class Explanation:
    """One sentence for a citizen, in Chinese and in English; of a line it is written when someone reads it."""

    __slots__ = ("_said", "_say")
    _said: tuple[str, str] | None
    _say: Callable[[], tuple[str, str]]

    def __init__(self, zh: str, en: str) -> None:
        self._said = (zh, en)

    @classmethod
    def later(cls, say: Callable[[], tuple[str, str]]) -> "Explanation":
        """An explanation that is still to be written, as Chinese and English."""
        explanation = cls.__new__(cls)
        explanation._said = None
        explanation._say = say
        return explanation

    def _both(self) -> tuple[str, str]:
        if self._said is None:
            self._said = self._say()
        return self._said

    @property
    def zh(self) -> str:
        """In Chinese."""
        return self._both()[0]

    @property
    def en(self) -> str:
        """In English."""
        return self._both()[1]

    def plain(self) -> dict[str, str]:
        """As JSON has it."""
        return {"zh": self.zh, "en": self.en}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explanation) and self._both() == other._both()

    def __hash__(self) -> int:
        return hash(self._both())

    def __repr__(self) -> str:
        return f"Explanation(zh={self.zh!r}, en={self.en!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Leaves through the API as an object with both languages."""
        plain = core_schema.plain_serializer_function_ser_schema(cls.plain)
        return core_schema.is_instance_schema(cls, serialization=plain)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string"}
        return {"type": "object", "properties": {"zh": text, "en": text}, "required": ["zh", "en"]}


@dataclass(frozen=True, slots=True)
class Line:
    """One item 税费项目 that one payer owes by law.

    `amount_fen` is what is owed, 0 where a rule exempts; `base_fen` and `rate` (exact, as text) say of what, where
    the rule has them. `rule` is the id of the rule that decided, `references` its documents with article.
    `trace` is the whole calculation as a JSON-able tree: every step with its exact value, the rule of each decision
    and the rules that did not apply. Working it out again gives `amount_fen`.
    """

    item: str
    payer: str
    amount_fen: int
    base_fen: int | None
    rate: str | None
    rule: str
    references: tuple[str, ...]
    explanation: Explanation
    trace: Trace


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An item that cannot be determined yet: between `min_fen` and `max_fen`, and what to ask."""

    item: str
    payer: str
    min_fen: int
    max_fen: int
    question: Explanation


@dataclass(frozen=True, slots=True)
class Assessment:
    """All lines of a transaction under one rule set, named by its content hash."""

    rule_set: str
    lines: tuple[Line, ...]
    open: tuple[OpenLine, ...]
