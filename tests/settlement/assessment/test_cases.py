"""Every worked case, to the fen; either figure where two roundings are legal."""

from typing import Any

import pytest

from settlement.assessment import RuleSet
from settlement.assessment.cases import assess_document, assessed
from tests.settlement.assessment.conftest import CASES, amounts


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(rules: RuleSet, case: dict[str, Any]) -> None:
    assessment = assessed(case, rules)
    found = amounts(assessment)
    still_open = {(line.item, line.payer) for line in assessment.open}
    stated = {(each["item"], each["payer"]) for each in case["expected"]}
    for expected in case["expected"]:
        key = expected["item"], expected["payer"]
        assert key not in still_open
        assert found[key] in {expected["amount_fen"], expected.get("also_accept_fen", expected["amount_fen"])}
    if case["scope"] == "all":
        assert not still_open
        assert {key for key, amount in found.items() if amount} <= stated


def test_all_cases_in_one_document(rules: RuleSet) -> None:
    answers = assess_document(CASES, rules)
    assert [answer["id"] for answer in answers] == [case["id"] for case in CASES]
    assert not any("error" in answer for answer in answers)


def test_a_refused_case_does_not_stop_the_others(rules: RuleSet) -> None:
    wrong = {"id": "wrong", "transaction": {**CASES[0]["transaction"], "region": "999999"}}
    first, second, third = assess_document([wrong, CASES[0], 7], rules)
    assert (first["lines"], first["error"]["field"], first["error"]["code"]) == ([], "region", "bad_input")
    assert first["error"]["value"] == "999999"
    assert "341502" in first["error"]["allowed"]
    assert second["lines"]
    assert third["error"]["field"] == "case"


def test_a_bare_transaction_is_one_entry(rules: RuleSet) -> None:
    (answer,) = assess_document(CASES[0]["transaction"], rules)
    assert answer["lines"][0]["item"] == "deed_tax"
    assert set(answer["lines"][0]) == {
        "item", "payer", "amount_fen", "base_fen", "rate", "rule", "references", "explanation",
    }  # fmt: skip
