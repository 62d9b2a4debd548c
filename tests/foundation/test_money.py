"""Money: rounding, dividing, writing and reading amounts."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import BadInput
from foundation.money import capital_yuan, divide, fen_of, plain_yuan, round_half_up, yuan

FEN = st.integers(0, 10**14)
WEIGHTS = st.lists(st.fractions(0, 1000), min_size=1, max_size=6).filter(any)


@given(FEN, WEIGHTS)
def test_parts_sum_to_the_whole_and_none_is_a_fen_off(fen: int, weights: list[Fraction]) -> None:
    parts = divide(fen, weights)
    assert sum(parts) == fen
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - fen * weight / sum(weights)) < 1


def test_of_equal_remainders_the_earlier_gets_the_fen() -> None:
    assert divide(101, [Fraction(1), Fraction(1)]) == [51, 50]
    assert divide(100, [Fraction(1), Fraction(1), Fraction(1)]) == [34, 33, 33]


@pytest.mark.parametrize("weights", [[Fraction(0)], [Fraction(-1), Fraction(2)], []])
def test_weights_that_divide_nothing_are_refused(weights: list[Fraction]) -> None:
    with pytest.raises(BadInput, match="weights"):
        divide(1, weights)


@given(st.fractions(-(10**12), 10**12))
def test_rounding_is_to_the_nearest_and_a_half_goes_away_from_zero(exact: Fraction) -> None:
    rounded = round_half_up(exact)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)
    assert round_half_up(-exact) == -rounded


@given(st.integers(-(10**14), 10**14))
def test_what_is_written_can_be_read(fen: int) -> None:
    assert fen_of(yuan(fen)) == fen == fen_of(plain_yuan(fen))


@pytest.mark.parametrize("text", ["", "1.234", "abc", "NaN", "Infinity", "1e400", "１２.３４５"])
def test_an_amount_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="price"):
        fen_of(text, "price")


@pytest.mark.parametrize(
    ("fen", "capital"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (1_500_050, "壹万伍仟元伍角"),
        (1_000_000, "壹万元整"),
        (10_000_100, "壹拾万零壹元整"),
        (100_010_001, "壹佰万零壹佰元零壹分"),
        (10_000_000_000, "壹亿元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (12_345_678_912, "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元壹角贰分"),
        (-1000, "负壹拾元整"),
        (100_500, "壹仟零伍元整"),
        (105_000, "壹仟零伍拾元整"),
        (150_000, "壹仟伍佰元整"),
        (150_500, "壹仟伍佰零伍元整"),
        (1_100_000, "壹万壹仟元整"),
        (1_099_900, "壹万零玖佰玖拾玖元整"),
        (1_000_500, "壹万零伍元整"),
        (1_010_100_000, "壹仟零壹拾万壹仟元整"),
        (10_001_000_000, "壹亿零壹万元整"),
        (10_000_100_000, "壹亿零壹仟元整"),
        (100_000_000_000_000, "壹万亿元整"),
        (100_000_100_000_000, "壹万亿零壹佰万元整"),
    ],
)
def test_capital_characters(fen: int, capital: str) -> None:
    assert capital_yuan(fen) == capital


def test_amounts_as_people_and_wires_write_them() -> None:
    assert [yuan(fen) for fen in (0, 5, 100, 123_456_789, -1, -100_000)] == [
        "0.00",
        "0.05",
        "1.00",
        "1,234,567.89",
        "-0.01",
        "-1,000.00",
    ]
    assert [plain_yuan(fen) for fen in (0, 123_456_789, -100_000)] == ["0.00", "1234567.89", "-1000.00"]
    assert [fen_of(text) for text in ("0", "1.5", "1,234,567.89", "-0.01")] == [0, 150, 123_456_789, -1]


def test_a_refused_amount_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        fen_of("1.234")
    assert (refused.value.field, refused.value.value) == ("amount", "1.234")
    assert refused.value.allowed == "an amount in yuan with at most two decimals, such as 12345.67"


def test_large_amounts_are_rounded_to_the_fen() -> None:
    assert round_half_up(Fraction(2**60 + 1)) == 2**60 + 1
    assert round_half_up(Fraction(2**61 + 1, 2)) == 2**60 + 1


@pytest.mark.parametrize(("fen", "weights"), [(-1, [1]), (1, [0, 0]), (1, []), (1, [2, -1])])
def test_what_cannot_be_divided_is_refused(fen: int, weights: list[int]) -> None:
    with pytest.raises(BadInput) as refused:
        divide(fen, [Fraction(weight) for weight in weights])
    assert (refused.value.field, refused.value.value) == ("weights", [str(weight) for weight in weights])
    assert refused.value.allowed == "not negative, with a sum above zero"
