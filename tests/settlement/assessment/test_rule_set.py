"""What an assessment says: lines with reasons, ranges for what is unknown, one hash for one content."""

import json
from collections.abc import Callable
from fractions import Fraction

from pydantic import TypeAdapter

from settlement.assessment import Assessment, RuleSet, Transaction, load_rules
from tests.settlement.assessment.conftest import HOME, amounts, changed

SHOP = {
    "property": {"use": "commercial", "area_m2": "80", "land": "allocated_to_granted"},
    "price": {"amount_fen": 120_000_000, "includes_vat": False},
}


def test_the_only_home_in_words(assess: Callable[..., Assessment]) -> None:
    line = next(line for line in assess().lines if line.item == "deed_tax")
    assert (line.amount_fen, line.base_fen, line.rate) == (1_500_000, 150_000_000, "0.01")
    assert line.rule == "deed_tax.only_home"
    assert line.references == ("财政部 税务总局 住房城乡建设部公告2024年第16号一",)
    assert line.explanation.zh == (
        "契税 15,000.00 元 = 1,500,000.00 元 × 1%，因为是家庭唯一住房，"
        "面积 120 平方米不超过 140 平方米（公告2024年第16号）"
    )


def test_a_shop_on_allocated_land_owes_all_four(assess: Callable[..., Assessment]) -> None:
    found = amounts(assess(SHOP))
    assert found["land_premium", "transferee"] == 1_200_000
    assert found["deed_tax", "transferee"] == 3_636_000
    assert found["stamp_tax", "transferee"] == found["stamp_tax", "transferor"] == 30_000
    assert found["registration_fee", "transferee"] == 55_000


def test_the_case_fixes_a_parameter_over_the_region(assess: Callable[..., Assessment]) -> None:
    found = amounts(assess({**SHOP, "parameters": {"land_premium_rate": "0.02"}}))
    assert found["land_premium", "transferee"] == 2_400_000


def test_another_province_another_rate(assess: Callable[..., Assessment]) -> None:
    third = {"transferee.homes_owned": 2}
    assert amounts(assess(third))["deed_tax", "transferee"] == 4_500_000
    assert amounts(assess({**third, "region": "360102"}))["deed_tax", "transferee"] == 6_000_000


def test_an_unknown_home_count_is_a_range_and_a_question(assess: Callable[..., Assessment]) -> None:
    assessment = assess({"transferee.homes_owned": None})
    (still_open,) = [line for line in assessment.open if line.item == "deed_tax"]
    assert (still_open.min_fen, still_open.max_fen) == (1_500_000, 4_500_000)
    assert "买方家庭已有住房套数" in still_open.question.zh
    assert ("deed_tax", "transferee") not in amounts(assessment)


def test_an_unknown_fact_that_cannot_matter_asks_nothing(assess: Callable[..., Assessment]) -> None:
    assessment = assess({"transferee.homes_owned": None, "transfer": "legal_inheritance", "price": {}})
    assert amounts(assessment)["deed_tax", "transferee"] == 0


def test_the_declaration_brings_an_old_contract_under_the_new_rule(assess: Callable[..., Assessment]) -> None:
    contract = {"contract_date": "2024-11-30", "declaration_date": "2024-11-30"}
    assert amounts(assess(contract))["deed_tax", "transferee"] == 2_250_000
    later = {"contract_date": "2024-11-30", "declaration_date": "2024-12-01"}
    assert amounts(assess(later))["deed_tax", "transferee"] == 1_500_000


def test_one_content_one_hash(rules: RuleSet) -> None:
    assert load_rules(None).hash == rules.hash
    assert len(rules.hash) == 64
    assert rules.assess(Transaction.parse(changed(HOME, {}))).rule_set == rules.hash


def test_the_rate_is_exact_text(assess: Callable[..., Assessment]) -> None:
    for line in assess(SHOP).lines:
        if line.rate is not None and line.base_fen is not None:
            assert abs(line.base_fen * Fraction(line.rate) - line.amount_fen) <= Fraction(1, 2)


def test_an_assessment_leaves_as_json(assess: Callable[..., Assessment]) -> None:
    plain = json.loads(TypeAdapter(Assessment).dump_json(assess()))
    assert plain["lines"][0]["trace"]["rule"] == "deed_tax.only_home"
