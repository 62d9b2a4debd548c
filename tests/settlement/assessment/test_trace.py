"""The trace is the calculation: worked out again from its leaves, step by step, it gives the amount."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest

from settlement.assessment import RuleSet
from settlement.assessment.cases import assessed
from tests.settlement.assessment.conftest import CASES

UNITS = {"fen": 1, "jiao": 10, "yuan": 100}


def replayed(node: Mapping[str, Any], named: dict[str, Fraction]) -> Fraction:
    """Works a node out from those below it and checks what it says of itself."""
    if node["form"] in ("fact", "parameter") and not node["value"].lstrip("-")[0].isdigit():
        return Fraction(0)  # a word, on which a choice turns
    parts = [replayed(part, named) for part in node.get("of", ())]
    value = worked_out(node, parts, named)
    assert value == Fraction(node["value"]), node
    if node["form"] == "decision":
        named[node["name"]] = value
    return value


def worked_out(node: Mapping[str, Any], parts: list[Fraction], named: Mapping[str, Fraction]) -> Fraction:
    match node["form"]:
        case "number" | "fact" | "parameter":
            return Fraction(node["value"])
        case "seen":
            return named[node["name"]]
        case "exempt" | "not_due":
            return Fraction(0)
        case "decision":
            return parts[0]
        case "plus":
            return sum(parts, Fraction(0))
        case "minus":
            return parts[0] - sum(parts[1:])
        case "times":
            product = Fraction(1)
            for part in parts:
                product *= part
            return product
        case "divide":
            return parts[0] / parts[1]
        case "greatest":
            return max(parts)
        case "least":
            return min(parts)
        case "not_below_zero":
            return max(parts[0], Fraction(0))
        case "round":
            unit = UNITS[node["to"]]
            exact = Decimal(parts[0].numerator) / Decimal(parts[0].denominator) / unit
            return Fraction(exact.quantize(Decimal(1), ROUND_HALF_UP)) * unit
        case "free_below":
            assert parts[0] < Fraction(node["below"])
            return Fraction(0)
        case "brackets":
            assert "above" not in node or parts[0] > Fraction(node["above"])
            assert "up_to" not in node or parts[0] <= Fraction(node["up_to"])
            return parts[1]
        case "choice":
            return parts[1]
        case "years":
            since, until = date.fromisoformat(node["since"]), date.fromisoformat(node["until"])
            assert Fraction(node["value"]) in {(until - since).days // 366, (until - since).days // 365 + 1}
            return Fraction(node["value"])
    raise AssertionError(f"unknown form {node['form']}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_trace_gives_the_amount(rules: RuleSet, case: dict[str, Any]) -> None:
    for line in assessed(case, rules).lines:
        trace = dict(line.trace)
        choice_free = json.loads(json.dumps(trace))
        assert replayed(choice_free, {}) == line.amount_fen
        assert trace["rule"] == line.rule
        assert trace["payer"] == line.payer


def test_the_trace_names_the_rules_that_did_not_apply(rules: RuleSet) -> None:
    case = next(case for case in CASES if case["id"] == "D-006")
    deed_tax = next(line for line in assessed(case, rules).lines if line.item == "deed_tax")
    rejected = {each["rule"]: each for each in deed_tax.trace["rejected"]}
    assert rejected["deed_tax.only_home"]["failing"] == [{"demand": "transferee.homes_owned = 0", "found": "1"}]
    assert rejected["deed_tax.statutory"]["outranked_by"] == "deed_tax.second_home"


def test_the_trace_says_which_level_set_a_parameter(rules: RuleSet) -> None:
    case = next(case for case in CASES if case["id"] == "D-021")
    deed_tax = next(line for line in assessed(case, rules).lines if line.item == "deed_tax")
    text = json.dumps(dict(deed_tax.trace))
    assert '"name": "deed_tax_home_rate"' in text
    assert '"level": "36"' in text
