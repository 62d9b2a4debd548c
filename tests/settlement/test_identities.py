"""Identity numbers and unit codes, held against python-stdnum where both agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from foundation.errors import BadInput
from settlement.identities import checked_identity, credit_code, resident_id, unit_code

GOOD_ID = "341502190001010016"


def check_character(body: str) -> str:
    """ISO 7064 MOD 11-2 by its definition as a recursion, not by weights."""
    product = 0
    for digit in body:
        product = (product + int(digit)) * 2 % 11
    return "0123456789X"[(12 - product) % 11]


@given(st.dates().map(lambda day: f"{day:%Y%m%d}"), st.integers(0, 999), st.integers(110000, 829999))
def test_every_number_with_a_right_check_character_is_taken(birth: str, serial: int, county: int) -> None:
    body = f"{county}{birth.zfill(8)}{serial:03d}"
    number = body + check_character(body)
    assert resident_id(number.lower(), "identity") == number


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(place: int, by: int) -> None:
    wrong = GOOD_ID[:place] + str((int(GOOD_ID[place]) + by) % 10) + GOOD_ID[place + 1 :]
    with pytest.raises(BadInput) as refused:
        resident_id(wrong, "parties[0].identity")
    assert refused.value.field == "parties[0].identity"
    assert wrong not in refused.value.detail  # an error message is no place for a whole identity number


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=18, max_size=18))
def test_credit_codes_agree_with_stdnum_where_it_knows_the_form(code: str) -> None:
    try:
        uscc.validate(code)
    except ValidationError:
        return
    assert credit_code(code, "identity") == code


@given(st.from_regex(r"[0-9]{8}[0-9A-HJ-NPQRTUWXY]{9}", fullmatch=True))
def test_a_right_credit_code_of_stdnum_is_right_here(body: str) -> None:
    code = body + uscc.calc_check_digit(body)
    assert checked_identity("credit_code", code, "identity") == code
    wrong = body + ("1" if code[-1] != "1" else "2")
    with pytest.raises(BadInput, match="typing slip"):
        credit_code(wrong, "identity")


@pytest.mark.parametrize("code", ["341502001001GB00012F00030602", "341502 001001 GB00012 W00000000"])
def test_unit_codes(code: str) -> None:
    assert len(unit_code(code)) == 28


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("341502001001GB00012F0003060", "28 characters; this has 27"),
        ("341502001001XB00012F00030602", "two letters of the parcel"),
        ("341502001001GB00012W00030602", "zeros after W"),
    ],
)
def test_a_wrong_unit_code_says_what_is_allowed(code: str, allowed: str) -> None:
    with pytest.raises(BadInput, match=allowed):
        unit_code(code)


def test_an_unknown_kind_names_those_that_are_known() -> None:
    with pytest.raises(BadInput, match="resident_id or credit_code or other"):
        checked_identity("tattoo", "12345", "identity")
