"""The readers of an assessment: citizen, clerk, auditor; what would change it; what a new rule changes."""

from collections.abc import Callable
from datetime import date

from settlement.assessment import Assessment, RuleSet, Transaction
from settlement.assessment.comparison import Standpoint, differences, effects
from settlement.assessment.counterfactuals import what_would_change
from settlement.assessment.renderings import auditor, citizen, clerk
from tests.settlement.assessment.conftest import HOME, amounts, changed


def test_the_citizen_reads_sentences_and_questions(rules: RuleSet, assess: Callable[..., Assessment]) -> None:
    said = citizen(assess({"transferee.homes_owned": None}), rules)
    assert any(
        "还需要：买方家庭已有住房套数" in sentence and "15,000.00 至 45,000.00 元" in sentence for sentence in said
    )
    english = citizen(assess(), rules, "en")
    assert english[0].startswith("Deed tax 15,000.00 yuan = 1,500,000.00 × 1%, because it is the family's only home")


def test_an_item_that_several_owe_says_who(rules: RuleSet, assess: Callable[..., Assessment]) -> None:
    said = citizen(assess(), rules)
    stamp_tax = [sentence[:8] for sentence in said if "印花税 " in sentence and "证照" not in sentence]
    assert stamp_tax == ["权利人：印花税 ", "义务人：印花税 "]
    assert said[0].startswith("契税 ")


def test_every_sentence_names_amount_and_document(assess: Callable[..., Assessment]) -> None:
    for line in assess().lines:
        assert "元" in line.explanation.zh
        assert line.explanation.zh.endswith("）")
        assert line.references


def test_the_clerk_reads_facts_and_rejected_rules(rules: RuleSet, assess: Callable[..., Assessment]) -> None:
    said = "\n".join(clerk(assess().lines[0], rules.vocabulary))
    assert "transferee.homes_owned 买方家庭已有住房套数 = 0 (业务登记信息)" in said
    assert "不适用: deed_tax.second_home: transferee.homes_owned = 1 (0)" in said
    assert "不适用: deed_tax.statutory: 让位于 deed_tax.only_home" in said


def test_the_auditor_reads_the_tree_and_the_hash(rules: RuleSet, assess: Callable[..., Assessment]) -> None:
    audited = auditor(assess())
    assert audited["rule_set"] == rules.hash
    assert audited["lines"][0]["trace"]["form"] == "decision"


def test_what_would_change_the_deed_tax(rules: RuleSet) -> None:
    changes = what_would_change(rules, Transaction.parse(HOME))
    deed_tax = [(each.fact, each.value, each.amount_fen) for each in changes if each.item == "deed_tax"]
    assert deed_tax == [("transferee.homes_owned", "2", 4_500_000)]


def test_a_counterfactual_is_what_the_changed_case_owes(rules: RuleSet) -> None:
    for each in what_would_change(rules, Transaction.parse(HOME)):
        other = changed(HOME, {each.fact: int(each.value) if each.value.isdigit() else each.value == "true"})
        assert amounts(rules.assess(Transaction.parse(other)))[each.item, each.payer] == each.amount_fen


def test_the_difference_between_two_days(rules: RuleSet) -> None:
    before, after = (Standpoint(rules, "110105", day) for day in (date(2024, 11, 30), date(2024, 12, 1)))
    found = {(each.where, each.rule): (each.before, each.after) for each in differences(before, after)}
    old, new = found["deed_tax.transfer transferee", "deed_tax.only_home"]
    assert "up to 90" in (old or "")
    assert "up to 140" in (new or "")
    assert found["parameters", "second_home_relief"] == ("False (11)", "True (national)")
    assert differences(after, after) == []


def test_the_effect_of_a_rule_on_cases(rules: RuleSet) -> None:
    before, after = (Standpoint(rules, "341502", day) for day in (date(2024, 11, 30), date(2024, 12, 1)))
    (effect,) = effects(before, after, [Transaction.parse(HOME)] * 3)
    assert (effect.item, effect.before_fen, effect.after_fen, effect.cases) == ("deed_tax", 6_750_000, 4_500_000, 3)
