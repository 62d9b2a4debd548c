"""Identity numbers and unit codes, held against python-stdnum where both agree."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

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
    with pytest.raises(BadInput, match=r"resident_id or credit_code or .* or other"):
        checked_identity("tattoo", "12345", "identity")


@pytest.mark.parametrize(
    ("kind", "number", "kept"),
    [
        ("hk_macau_permit", "h12345678", "H12345678"),
        ("hk_macau_permit", "M1234567801", "M1234567801"),
        ("taiwan_permit", "12345678", "12345678"),
        ("taiwan_permit", "1234567890（b）", "1234567890(B)"),
        ("passport", "e1234 5678", "E12345678"),
        ("residence_card", "USA123456789012", "USA123456789012"),
        ("other", " 12345 ", "12345"),
    ],
)
def test_documents_of_people_without_a_resident_number(kind: str, number: str, kept: str) -> None:
    assert checked_identity(kind, number, "identity") == kept


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("hk_macau_permit", "X12345678"),
        ("hk_macau_permit", "H123456789"),
        ("taiwan_permit", "1234567"),
        ("passport", "E12"),
        ("passport", "EABCDEFG"),
        ("passport", "Ｅ12345678"),
        ("residence_card", GOOD_ID),
        ("residence_card", "US1234567890123"),
        ("resident_id", "341502900101001"),  # of 15 digits: not on any card of today
        ("resident_id", "３41502190001010016"),
    ],
)
def test_what_is_not_of_its_form_is_refused(kind: str, number: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked_identity(kind, number, "identity")
    assert number not in refused.value.detail


def with_check(body: str) -> str:
    return body + check_character(body)


KNOWN_DIFFERENCES = {
    "county of a later founding, 宁波鄞州 with a birth of 1990": with_check("33021219900101001"),
    "county renamed, 六安金安": with_check("34150219900101001"),
    "county-level city, 海南文昌": with_check("46900519900101001"),
    "county-level city, 玉环": with_check("33108319900101001"),
    "county renamed, 宁波奉化 with a birth of 1990": with_check("33021319900101001"),
    "Hong Kong resident born before 1997": with_check("81000019900101001"),
    "Macau resident born before 1999": with_check("82000019900101001"),
    "Taiwan resident": with_check("83000019900101001"),
    "foreigner's residence card": with_check("91184019900101001"),
    "county that nobody knows": with_check("33029919900101001"),
}
"""Right by GB 11643, and refused by python-stdnum for where or when: its table knows only some counties and years."""


@pytest.mark.parametrize("number", KNOWN_DIFFERENCES.values(), ids=KNOWN_DIFFERENCES.keys())
def test_what_only_the_place_speaks_against_is_taken_here(number: str) -> None:
    assert mod_11_2.is_valid(number)  # its check character is right by stdnum's own reckoning
    assert resident_id(number, "identity") == number
    with pytest.raises((ValidationError, KeyError)):
        ric.validate(number)


@given(
    st.sampled_from(("110101", "310101", "330106", "120101", "610102")),
    st.dates(date(1985, 1, 1), date(2025, 12, 31)),
    st.integers(0, 999),
)
def test_both_agree_on_a_county_that_never_changed(county: str, birth: date, serial: int) -> None:
    number = with_check(f"{county}{birth:%Y%m%d}{serial:03d}")
    assert ric.validate(number) == resident_id(number, "identity") == number
    wrong = number[:17] + ("1" if number[17] != "1" else "2")
    with pytest.raises(ValidationError):
        ric.validate(wrong)
    with pytest.raises(BadInput):
        resident_id(wrong, "identity")


@pytest.mark.parametrize("start", ["N2", "Y1"])
def test_codes_of_offices_that_stdnum_does_not_know(start: str) -> None:
    """Village collectives (N) and others (Y): letters may lead, only the six digits of the region are digits."""
    body = f"{start}330212MF12345678"[:17]
    code = body + uscc.calc_check_digit(body)
    assert credit_code(code, "identity") == code
    with pytest.raises(ValidationError):
        uscc.validate(code)
