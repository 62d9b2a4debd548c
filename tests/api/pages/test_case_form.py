"""From what was typed to the case, and back for a correction."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import case_form
from api.cli.demo.cases import DemoCase, demo_cases
from api.wiring import EXAMPLE_REGIONS
from foundation.errors import BadInput
from foundation.money import plain_yuan
from settlement.assessment import Transaction
from settlement.bills.intake import parse_case
from settlement.kinds import DEFAULT, business_kind
from settlement.regions import load_regions

_REGION = load_regions(EXAMPLE_REGIONS, {"HEYI_OUTSIDE": "http://outside.test", "HEYI_KEYS": "keys"})["341502"]
_HOME, _SHOP = demo_cases(date(2026, 11, 20))


def typed_as(case: DemoCase) -> dict[str, str]:
    """What a clerk types for a case of the demonstration."""
    typed = {"case_number": case.body["case_number"], "unit_code": case.body["unit_code"]}
    for party in case.body["parties"]:
        typed |= {f"{party['side']}.0.{name}": party[name] for name in ("name", "identity", "identity_kind")}
    return typed | _typed_facts(case.body["transaction"], "")


def _typed_facts(facts: Mapping[str, Any], prefix: str) -> dict[str, str]:
    typed: dict[str, str] = {}
    for name, value in facts.items():
        if isinstance(value, Mapping):
            typed |= _typed_facts(value, f"{prefix}{name}.")
        elif name.endswith("_fen"):
            typed[prefix + name] = plain_yuan(value)
        else:
            typed[prefix + name] = str(value).lower() if isinstance(value, bool) else str(value)
    return typed


@pytest.mark.parametrize("case", [_HOME, _SHOP], ids=["home", "shop"])
def test_the_form_holds_the_cases_of_the_demonstration(case: DemoCase) -> None:
    body = case_form.case_of(typed_as(case), _REGION)
    wanted = parse_case({name: value for name, value in case.body.items() if name != "split"})
    assert parse_case(body).transaction == wanted.transaction
    assert parse_case(body).parties == wanted.parties


def test_what_is_left_empty_is_left_out() -> None:
    facts = case_form.facts_of({"price.amount_fen": " ", "transfer": "sale", "contract_date": "2026-11-20"}, _REGION)
    assert facts == {
        "region": "341502",
        "registration": "transfer",
        "transfer": "sale",
        "contract_date": "2026-11-20",
    }


@pytest.mark.parametrize("text", ["1,5万", "1.234", "-", "NaN"])
def test_an_amount_that_is_none_names_its_field(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        case_form.facts_of({"price.amount_fen": text}, _REGION)
    assert refused.value.field == "price.amount_fen"


@given(
    st.dictionaries(
        st.sampled_from(business_kind(DEFAULT).asks + case_form.more_facts(business_kind(DEFAULT))),
        st.text(max_size=12),
    )
)
def test_whatever_is_typed_becomes_a_transaction_or_a_clear_refusal(typed: dict[str, str]) -> None:
    try:
        Transaction.parse(case_form.facts_of(typed, _REGION))
    except BadInput as refused:
        assert refused.field  # noqa: PT017 - either is right; a refusal without a field is not


@given(st.text(max_size=6))
def test_the_number_of_people_stays_within_the_form(text: str) -> None:
    assert 1 <= case_form.people({"people.transferee": text}, "transferee") <= case_form.PARTIES_MAX


def test_a_fault_of_a_party_stands_beside_that_partys_field() -> None:
    typed = {"people.transferee": "2"}
    assert case_form.field_of_party("parties.1.identity", typed, business_kind(DEFAULT)) == "transferee.1.identity"
    assert case_form.field_of_party("parties.2.name", typed, business_kind(DEFAULT)) == "transferor.0.name"
    assert case_form.field_of_party("unit_code", typed, business_kind(DEFAULT)) == "unit_code"


@pytest.mark.parametrize("text", ["2026-11-05", "20261105", "2026/11/5", "2026.11.05", "2026年11月5"])
def test_a_day_may_be_typed_in_a_hurry(text: str) -> None:
    assert case_form.facts_of({"contract_date": text}, _REGION)["contract_date"] == "2026-11-05"


@pytest.mark.parametrize("text", ["2026-13-01", "tomorrow", "20262"])
def test_a_day_that_is_none_names_its_field(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        Transaction.parse(case_form.facts_of({"transfer": "sale", "contract_date": text}, _REGION))
    assert refused.value.field == "contract_date"
