"""Personal data: sealed for one context, found by digest, masked when shown."""

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from foundation.sealing import Seal, masked_identity, masked_name

SEAL = Seal(bytes(range(32)))


@given(st.text(max_size=50))
def test_what_was_sealed_opens_in_its_context_only(text: str) -> None:
    sealed = SEAL.close(text, "party.name")
    assert SEAL.open(sealed, "party.name") == text
    assert len(text) < 8 or text.encode() not in sealed  # a few bytes may be there by chance
    with pytest.raises(InvalidTag):
        SEAL.open(sealed, "party.identity")


def test_the_same_text_is_sealed_differently_and_digested_equally() -> None:
    assert SEAL.close("x", "a") != SEAL.close("x", "a")
    assert SEAL.digest("341502190001010016") == SEAL.digest("341502190001010016")
    assert Seal(bytes(32)).digest("x") != SEAL.digest("x")


@given(st.text(min_size=9, max_size=30))
def test_at_most_eight_characters_of_an_identity_are_shown(number: str) -> None:
    shown = masked_identity(number)
    assert len(shown) == len(number)
    assert shown[4:-4] == "*" * (len(number) - 8)


def test_a_name_keeps_its_first_character() -> None:
    assert masked_name("王晓明") == "王**"
    assert masked_name("王") == "王*"
    assert masked_identity("12345678") == "******78"
