"""Checks of the words: every fact of facts.yaml exists and can be what it says, every region has those above it."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from settlement.assessment.claim import Claim
from settlement.assessment.errors import BadRules
from settlement.assessment.facts import ADDED, DERIVED
from settlement.assessment.rule_files import RuleFiles
from settlement.assessment.transaction import Transaction


def check_words(files: RuleFiles) -> None:
    """Raises BadRules for the first word that is wrong."""
    known = {**dict(fields_of(Transaction, "")), **dict(fields_of(Claim, "claim."))}
    for name, entry in files.facts.items():
        if name in DERIVED or name in ADDED:
            continue
        if name not in known:
            raise BadRules(f"facts.yaml: {name}: no such field of a transaction or claim")
        words = known[name]
        if words and set(entry.values) != words:
            raise BadRules(f"facts.yaml: {name}: words must be {', '.join(sorted(words))}")
    for item in files.national.values():
        for charge in item.charges:
            for payer in set(charge.payers) - set(files.set.payers):
                raise BadRules(f"charge {charge.id}: {payer} is not among the payers of set.yaml")
    for code in files.regions:
        for above in {code[:2], code[:4]} - {code}:
            if above not in files.regions:
                raise BadRules(f"regions.yaml: {code} stands there without {above}")


def fields_of(shape: type[BaseModel], prefix: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Every field by its dotted path, with the words that it may be (none where it is not a choice of words)."""
    for name, described in shape.model_fields.items():
        inner = next((each for each in _unpacked(described.annotation) if _is_record(each)), None)
        if inner is not None:
            yield from fields_of(inner, f"{prefix}{name}.")
        else:
            words = (word for each in _unpacked(described.annotation) for word in get_args(each))
            yield prefix + name, frozenset(word for word in words if isinstance(word, str))


def _unpacked(annotation: Any) -> tuple[Any, ...]:
    parts = get_args(annotation)
    inner = tuple(deeper for part in parts if not isinstance(part, str) for deeper in _unpacked(part))
    return (annotation, *inner)


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
