"""What an assessment says: lines that are owed, and what stays open with the question that would settle it."""

from dataclasses import dataclass

from settlement.assessment.trace import Trace


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence for a citizen, in Chinese and in English."""

    zh: str
    en: str


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
