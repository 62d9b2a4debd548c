"""Errors in the language of the page.

Errors leave the rooms below with one sentence for both languages, the Chinese first. Where an error speaks of a field,
or only in English, the pages have words of their own for it (words/errors.yaml).
"""

import re
from dataclasses import dataclass

from api.pages.texts import Speech
from foundation.errors import BadInput, HeyiError
from settlement.assessment import rules_in_force

_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_INDEX = re.compile(r"\[(\w+)\]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the page says of an error: the sentence, and the field of the form it belongs to, if any."""

    sentence: str
    field: str | None = None


def refusal(error: HeyiError, t: Speech) -> Refusal:
    """An error as the page shows it."""
    if isinstance(error, BadInput):
        field = form_field(error.field)
        return Refusal(_of_field(error, field, t), field)
    own = f"error.{error.code}"
    if t.knows(own) and not _CHINESE.search(error.detail):
        return Refusal(t(own, detail=error.detail), error.facts.get("field"))
    return Refusal(in_language(error.detail, t.language), error.facts.get("field"))


def in_language(both: str, language: str) -> str:
    """The part of a sentence that is in one language, where it says the same in Chinese and then in English."""
    last = max((found.end() for found in _CHINESE.finditer(both)), default=0)
    chinese, english = both[:last].strip(), both[last:].strip(" .") and both[last:].strip()
    return (chinese or english) if language == "zh" else (english or chinese)


def form_field(path: str) -> str:
    """The name of a form's field for the path in an error: 'parties[0].identity' → 'parties.0.identity'."""
    return _INDEX.sub(r".\1", path).removeprefix("transaction.")


def _of_field(error: BadInput, field: str, t: Speech) -> str:
    own = f"error.{error.code}"
    if error.code != "bad_input" and t.knows(own):
        return t(own)
    hint = f"hint.{re.sub(r'[.][0-9]+', '', field)}"
    allowed = t(hint) if t.knows(hint) else in_language(error.allowed, t.language)
    if error.value in (None, "", {}):
        return t("error.field_missing", label=label(field, t), allowed=allowed)
    return t("error.field", label=label(field, t), value=str(error.value)[:60], allowed=allowed)


def label(field: str, t: Speech) -> str:
    """A field's name for people: ours, or the fact's as the rules know it."""
    own = f"field.{re.sub(r'[.][0-9]+', '', field)}"
    if t.knows(own):
        return t(own)
    vocabulary = rules_in_force().vocabulary
    return t.of(vocabulary[field]) if field in vocabulary else field
