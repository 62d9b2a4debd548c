"""Errors in the language of the page, beside the field they speak of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.saying import form_field, in_language, refusal
from api.pages.texts import Speech
from foundation.errors import BadInput, Conflict, Unavailable
from settlement.payments.codes import WrongTail

_CHINESE = st.text("缴款码已失效请到窗口重新生成，。（）", min_size=1)
_ENGLISH = st.text("abc defg,'()", min_size=1).filter(str.strip).map(str.strip)


@given(_CHINESE, _ENGLISH)
def test_a_sentence_in_both_languages_is_parted(chinese: str, english: str) -> None:
    assert in_language(chinese + english, "zh") == chinese
    assert in_language(chinese + english, "en") == english


@given(st.one_of(_CHINESE, _ENGLISH), st.sampled_from(["zh", "en"]))
def test_a_sentence_in_one_language_is_said_as_it_is(sentence: str, language: str) -> None:
    assert in_language(sentence, language) == sentence


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("parties[1].identity", "parties.1.identity"),
        ("transaction.price.amount_fen", "price.amount_fen"),
        ("price.amount_fen", "price.amount_fen"),
        ("unit_code", "unit_code"),
    ],
)
def test_the_path_in_an_error_is_the_name_of_a_field(path: str, field: str) -> None:
    assert form_field(path) == field


def test_a_wrong_value_names_field_value_and_what_is_allowed() -> None:
    said = refusal(BadInput("unit_code", "123", "28 characters; this has 3"), Speech("zh"))
    assert said.field == "unit_code"
    assert "不动产单元代码" in said.sentence
    assert "123" in said.sentence
    assert "28 位" in said.sentence


def test_a_fact_is_called_by_its_name_in_the_rules() -> None:
    said = refusal(BadInput("transaction.property.area_m2", "-1", "greater than 0"), Speech("en"))
    assert said.field == "property.area_m2"
    assert said.sentence.startswith("area: ")


def test_a_missing_value_is_not_shown_as_none() -> None:
    assert "None" not in refusal(BadInput("reason", None, "one sentence"), Speech("zh")).sentence


def test_a_wrong_tail_says_how_many_tries_are_left() -> None:
    error = WrongTail("与本单不符，还可以试 3 次。Not of this bill; 3 tries left.", tries_left=3)
    assert refusal(error, Speech("zh")).sentence == "与本单不符，还可以试 3 次。"
    assert refusal(error, Speech("en")).sentence == "Not of this bill; 3 tries left."


def test_what_is_known_in_english_only_has_words_in_chinese() -> None:
    said = refusal(Unavailable("the tax office did not answer within 10 s"), Speech("zh"))
    assert "外部系统" in said.sentence
    assert refusal(Conflict("这样不行。Not so."), Speech("en")).sentence == "Not so."
