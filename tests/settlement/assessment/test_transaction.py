"""The door: a wrong value is refused with the field, the value and what is allowed."""

from typing import Any

import pytest

from foundation.errors import BadInput
from settlement.assessment import RuleSet, Transaction
from tests.settlement.assessment.conftest import HOME, changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("region", "34150"),
        ("region", "34150a"),
        ("property.area_m2", "0"),
        ("property.area_m2", "-1"),
        ("property.area_m2", 120.5),
        ("property.use", "castle"),
        ("price.amount_fen", -1),
        ("price.amount_fen", 10**14),
        ("price.amount_fen", 1.5),
        ("price.amount_fen", "100"),
        ("price.amount_fen", True),
        ("price.includes_vat", 1),
        ("transferee.homes_owned", -1),
        ("contract_date", "2026-02-30"),
        ("contract_date", 20260301),
        ("certificates", 0),
        ("registration", "sale"),
        ("parameters.land_premium_rate", "1.01"),
        ("unit_code", "341502000000GB00000F00010001"),
        ("property.colour", "red"),
    ],
)
def test_a_wrong_value_is_named(field: str, value: Any) -> None:
    with pytest.raises(BadInput) as refused:
        Transaction.parse(changed(HOME, {field: value}))
    assert refused.value.field == field
    assert refused.value.allowed


def test_a_transfer_says_of_what_kind() -> None:
    with pytest.raises(BadInput) as refused:
        Transaction.parse(changed(HOME, {"transfer": None}))
    assert refused.value.field == "transfer"


def test_a_declaration_is_not_before_its_contract() -> None:
    with pytest.raises(BadInput) as refused:
        Transaction.parse(changed(HOME, {"declaration_date": "2026-02-28"}))
    assert refused.value.field == "declaration_date"


def test_an_unknown_region_is_refused(rules: RuleSet) -> None:
    with pytest.raises(BadInput) as refused:
        rules.assess(Transaction.parse(changed(HOME, {"region": "999999"})))
    assert (refused.value.field, refused.value.value) == ("region", "999999")


def test_a_day_before_the_first_rule_is_refused(rules: RuleSet) -> None:
    with pytest.raises(BadInput) as refused:
        rules.assess(Transaction.parse(changed(HOME, {"contract_date": "1997-09-30"})))
    assert refused.value.field == "contract_date"
    assert "1997-10-01" in refused.value.allowed
