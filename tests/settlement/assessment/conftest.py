"""What the tests of the assessment share: the packaged set, the worked cases, and a transaction to vary."""

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from settlement.assessment import Assessment, RuleSet, Transaction, rules_in_force

CASES = [
    case
    for name in ("cases.json", "more_cases.json")
    for case in json.loads((Path(__file__).parent / name).read_text("utf-8"))
]
"""The worked cases as they were given, and our own on both sides of the boundaries that those leave out."""

HOME = {
    "region": "341502",
    "location": "urban",
    "contract_date": "2026-03-01",
    "declaration_date": "2026-03-01",
    "registration": "transfer",
    "transfer": "sale",
    "property": {"use": "residential", "area_m2": "120", "land": "granted"},
    "price": {"amount_fen": 150_000_000, "includes_vat": True},
    "transferor": {"kind": "individual", "acquired_on": "2020-03-01", "only_home": True},
    "transferee": {"kind": "individual", "homes_owned": 0},
    "certificates": 1,
}


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    return rules_in_force()


@pytest.fixture
def assess(rules: RuleSet) -> Callable[..., Assessment]:
    """Assesses the home above with some fields changed, given by their dotted path."""

    def assess(changes: Mapping[str, Any] | None = None) -> Assessment:
        return rules.assess(Transaction.parse(changed(HOME, changes or {})))

    return assess


def changed(mapping: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with the values at the dotted paths replaced; None takes a field away."""
    copied = copy.deepcopy(dict(mapping))
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = copied
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return copied


def amounts(assessment: Assessment) -> dict[tuple[str, str], int]:
    """Fen by item and payer."""
    found: dict[tuple[str, str], int] = {}
    for line in assessment.lines:
        found[line.item, line.payer] = found.get((line.item, line.payer), 0) + line.amount_fen
    return found
