"""A set that is wrong is refused when it is loaded, and the refusal names what is wrong."""

import copy
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from settlement.assessment import RuleSet, Transaction, load_rules
from settlement.assessment.errors import BadRules, RuleConflict
from settlement.assessment.loading import content_of
from settlement.assessment.loading_checks import check
from tests.settlement.assessment.conftest import HOME, changed

FOLDER = Path(str(files("settlement.assessment") / "rules"))
CONTENT = content_of(FOLDER)
DEED = "national/deed_tax.yaml"
STAMP = "national/stamp_tax.yaml"

Content = dict[str, Any]


def rule(content: Content, file: str, rule_id: str) -> dict[str, Any]:
    """A rule of a national file by its id."""
    whole = content[file]
    entries = [*whole.get("charges", ()), *whole.get("quantities", ())]
    return next(rule for entry in entries for rule in entry["rules"] if rule["id"] == rule_id)


def set_to(rule_id: str, file: str = DEED, version: int = 0, **words: Any) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        rule(content, file, rule_id)["versions"][version].update(words)

    return change


def gap(content: Content) -> None:
    rule(content, DEED, "deed_tax.statutory")["versions"][0]["to"] = date(2021, 8, 31)


def overlap(content: Content) -> None:
    rule(content, DEED, "deed_tax.statutory")["versions"][0]["to"] = date(2021, 9, 2)


def unordered(content: Content) -> None:
    rule(content, DEED, "deed_tax.public_sale")["over"] = ["deed_tax.home"]


def never(content: Content) -> None:
    rule(content, DEED, "deed_tax.spouses")["when"] = {"transfer": "exchange"}


def each_other(content: Content) -> None:
    rule(content, DEED, "deed_tax.home")["over"] = ["deed_tax.only_home"]


def unknown_over(content: Content) -> None:
    rule(content, DEED, "deed_tax.only_home")["over"] = ["deed_tax.nowhere"]


def unknown_fact(content: Content) -> None:
    rule(content, DEED, "deed_tax.only_home")["when"]["transferee.shoe_size"] = 42


def wrong_word(content: Content) -> None:
    rule(content, DEED, "deed_tax.only_home")["when"]["property.use"] = "castle"


def unused_parameter(content: Content) -> None:
    parameter = copy.deepcopy(content[DEED]["parameters"][0])
    content[DEED]["parameters"].append({**parameter, "id": "forgotten_rate"})


def not_left_to_cities(content: Content) -> None:
    content["3415/deed_tax.yaml"] = copy.deepcopy(content["34/deed_tax.yaml"])


def circle(content: Content) -> None:
    content["national/price.yaml"]["quantities"][0]["rules"][0]["versions"][0]["amount"] = "taxable_price"


def unlisted_item(content: Content) -> None:
    content["set.yaml"]["items"].remove("vat")


def misnamed_file(content: Content) -> None:
    content["34/stamp_tax.yaml"] = content["34/deed_tax.yaml"]


def wrong_rate(content: Content) -> None:
    content["34/deed_tax.yaml"]["parameters"]["deed_tax_rate"][0]["value"] = "three"


NUMBER = {"number": "0.01"}


def brackets(*bounds: str | None) -> dict[str, Any]:
    rows = [{"up_to": bound, "value": NUMBER} if bound else {"value": NUMBER} for bound in bounds]
    return {"brackets": {"by": "property.area_m2", "rows": rows}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (gap, r"deed_tax.transfer: on 2021-08-31 there is no base rule"),
        (overlap, r"deed_tax.statutory: versions from 1997-10-01 and from 2021-09-01 overlap"),
        (unordered, r"deed_tax.(public_sale|only_home) and deed_tax.(public_sale|only_home) can both apply"),
        (never, r"deed_tax.spouses: can never apply"),
        (each_other, r"deed_tax.(home|only_home) and deed_tax.(home|only_home) are each said to come before"),
        (unknown_over, r"over deed_tax.nowhere"),
        (unknown_fact, r"transferee.shoe_size: no such fact"),
        (wrong_word, r"property.use: 'castle'"),
        (unused_parameter, r"parameters.forgotten_rate is declared, but no rule uses it"),
        (not_left_to_cities, r"3415/deed_tax.yaml: deed_tax_rate: the law leaves this to province, not to a city"),
        (circle, r"builds on itself: .*contract_price"),
        (unlisted_item, r"set.yaml: .*vat"),
        (misnamed_file, r"34/stamp_tax.yaml: item is 'deed_tax'"),
        (set_to("deed_tax.statutory", rate="parameters.nowhere"), r"nowhere: no such parameter"),
        (set_to("deed_tax.statutory", rate={"python": "1+1"}), r"python: no such form"),
        (set_to("deed_tax.statutory", rate="__import__('os')"), r"no such fact"),
        (set_to("deed_tax.statutory", rate={"number": "three"}), r"rule deed_tax.statutory: .*three"),
        (set_to("deed_tax.statutory", rate={"number": "1/0"}), r"rule deed_tax.statutory"),
        (set_to("deed_tax.statutory", rate={"choice": {"by": "location", "rows": []}}), r"rule deed_tax.statutory"),
        (set_to("deed_tax.statutory", rate={"years": {}}), r"rule deed_tax.statutory"),
        (set_to("deed_tax.statutory", rate={"plus": 7}), r"rule deed_tax.statutory"),
        (wrong_rate, r"34: deed_tax_rate: 'three' is not a rate"),
        (set_to("deed_tax.statutory", law=[{"document": "nowhere"}]), r"nowhere: no such document"),
        (set_to("deed_tax.statutory", law=[]), r"law"),
        (set_to("deed_tax.statutory", exempt=True), r"exactly one of rate"),
        (set_to("deed_tax.statutory", round="mao"), r"round: mao"),
        (set_to("deed_tax.only_home", rate=brackets("90")), r"deed_tax.only_home: the last bracket has no up_to"),
        (set_to("deed_tax.only_home", rate=brackets("140", "90", None)), r"deed_tax.only_home: brackets must ascend"),
        (
            set_to("deed_tax.only_home", rate={"choice": {"by": "location", "rows": {"urban": NUMBER}}}),
            r"needs a row for each of rural, town, urban",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(change: Callable[[Content], None], says: str) -> None:
    content = copy.deepcopy(CONTENT)
    change(content)
    with pytest.raises(BadRules, match=says):
        check(RuleSet.of_content(content))


def test_a_conflict_that_meets_a_case_names_both_rules() -> None:
    content = copy.deepcopy(CONTENT)
    unordered(content)
    unchecked = RuleSet.of_content(content)
    home = changed(HOME, {"property.housing_kind": "public_sale"})
    with pytest.raises(RuleConflict) as refused:
        unchecked.assess(Transaction.parse(home))
    assert set(refused.value.facts["rules"]) == {"deed_tax.public_sale", "deed_tax.only_home"}


def test_a_word_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text("form: 1\nform: 1\n")
    with pytest.raises(BadRules, match=r"set.yaml: line 2: 'form' stands twice"):
        load_rules(tmp_path)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match="no rule files"):
        load_rules(tmp_path)


def test_the_hash_is_of_the_content(rules: RuleSet) -> None:
    assert RuleSet.of_content(CONTENT).hash == rules.hash
    other = copy.deepcopy(CONTENT)
    other["341502/land_premium.yaml"]["parameters"]["land_premium_rate"][0]["value"] = "0.02"
    assert RuleSet.of_content(other).hash != rules.hash


def test_no_rule_file_is_longer_than_a_person_reads() -> None:
    for path in FOLDER.rglob("*.yaml"):
        assert len(path.read_text("utf-8").splitlines()) < 300, path
