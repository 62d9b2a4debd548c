"""`heyi assess` and `heyi rules` as a person runs them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from foundation.errors import BadInput

CASES = Path(__file__).parents[2] / "settlement" / "assessment" / "cases.json"


def run(*words: str, stdin: str | None = None) -> str:
    result = CliRunner().invoke(app, list(words), input=stdin, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_list_of_cases_gives_one_array() -> None:
    answers = json.loads(run("assess", str(CASES)))
    assert [answer["id"] for answer in answers] == [case["id"] for case in json.loads(CASES.read_text("utf-8"))]


def test_one_transaction_from_standard_input() -> None:
    transaction = json.loads(CASES.read_text("utf-8"))[0]["transaction"]
    (answer,) = json.loads(run("assess", "-", stdin=json.dumps(transaction)))
    assert answer["lines"][0]["amount_fen"] == 1_500_000


def test_a_refused_case_keeps_the_status_at_zero() -> None:
    (answer,) = json.loads(run("assess", "-", stdin='{"id": "x", "transaction": {"region": "999999"}}'))
    assert (answer["id"], answer["lines"]) == ("x", [])
    assert answer["error"]["field"] == "registration"


@pytest.mark.parametrize("reader", ["citizen", "clerk", "auditor"])
def test_explanations_for_each_reader(reader: str) -> None:
    said = run("assess", str(CASES), "--explain", "--reader", reader)
    assert "deed_tax.only_home" in said or "是家庭唯一住房" in said


def test_a_file_that_is_no_json_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        run("assess", __file__)
    assert refused.value.field == "file"


def test_the_rules_can_be_checked_shown_and_compared() -> None:
    assert run("rules", "check").startswith("sound: version ")
    shown = run("rules", "show", "deed_tax", "--region", "341502", "--on", "2026-03-01")
    assert "deed_tax.only_home (national) 是家庭唯一住房" in shown
    assert "parameters.deed_tax_rate 本地契税适用税率: 0.03 (34, unverified)" in shown
    compared = run("rules", "diff", "2024-11-30", "2024-12-01", "--region", "110105", "--cases", str(CASES))
    assert "deed_tax transferee: 504,000.00 → 290,000.00 (3 cases)" in compared
