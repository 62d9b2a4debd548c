"""Who pays what: the pieces always sum to the lines."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import BadInput
from settlement.bills.intake import parse_split
from settlement.shares import Split, split
from settlement.shares.splitting import MAY_AGREE, Owed, SharesNotEven

LINES = st.lists(
    st.builds(
        Owed,
        ordinal=st.just(0),
        item=st.sampled_from(["deed_tax", "stamp_tax", "land_premium", "registration_fee"]),
        payer=st.sampled_from(MAY_AGREE),
        amount_fen=st.integers(0, 10**12),
    ),
    max_size=8,
).map(lambda lines: [Owed(place, one.item, one.payer, one.amount_fen) for place, one in enumerate(lines)])

PARTS = st.decimals(0, 1000, places=3)
RATIOS = st.tuples(PARTS, PARTS).filter(any)


@given(LINES, st.sampled_from(["all_by_transferee", "all_by_transferor", "each_own"]))
def test_pieces_sum_to_lines(lines: list[Owed], choice: str) -> None:
    check(lines, Split.model_validate({"choice": choice}))


@given(LINES, RATIOS)
def test_pieces_of_a_ratio_sum_to_lines(lines: list[Owed], ratio: tuple[Decimal, Decimal]) -> None:
    check(lines, Split(choice="custom", transferee_parts=ratio[0], transferor_parts=ratio[1]))


@given(LINES, st.data())
def test_pieces_line_by_line_sum_to_lines(lines: list[Owed], data: st.DataObject) -> None:
    once = {(one.item, one.payer): one for one in lines}
    if len(once) != len(lines):
        return
    given_lines = []
    for one in lines:
        fen = data.draw(st.integers(0, one.amount_fen))
        given_lines.append(
            {"item": one.item, "payer": one.payer, "transferee_fen": fen, "transferor_fen": one.amount_fen - fen}
        )
    check(lines, parse_split({"choice": "custom", "lines": given_lines}))


def check(lines: list[Owed], choice: Split) -> None:
    pieces = split(choice, lines)
    assert all(piece.amount_fen > 0 for piece in pieces)
    for line in lines:
        assert sum(piece.amount_fen for piece in pieces if piece.ordinal == line.ordinal) == line.amount_fen
    if choice.choice.startswith("all_by_"):
        assert {piece.payer for piece in pieces} <= {choice.choice.removeprefix("all_by_")}


TWO_LINES = [Owed(0, "deed_tax", "transferee", 100), Owed(1, "stamp_tax", "transferor", 51)]


def test_shares_that_do_not_sum_name_line_and_figures() -> None:
    choice = parse_split(
        {
            "choice": "custom",
            "lines": [{"item": "deed_tax", "payer": "transferee", "transferee_fen": 60, "transferor_fen": 39}],
        }
    )
    with pytest.raises(SharesNotEven, match=r"split\.lines\[deed_tax\].*100 fen; these sum to 99"):
        split(choice, TWO_LINES)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"choice": "both"}, "split.choice"),
        ({"choice": "each_own", "transferee_parts": "1", "transferor_parts": "1"}, "split.choice"),
        ({"choice": "custom", "transferee_parts": "1"}, "split"),
        ({"choice": "custom", "transferee_parts": "0", "transferor_parts": "0"}, "split"),
        ({"choice": "custom", "transferee_parts": "-1", "transferor_parts": "2"}, "split.transferee_parts"),
        ({"choice": "custom", "lines": [{"item": "vat", "payer": "transferor"}]}, "split.lines"),
        ({"choice": "custom", "lines": [{"item": "deed_tax", "payer": "transferee"}]}, "split.lines[deed_tax]"),
        ({"choice": "each_own", "who": 1}, "split.who"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_by_field(content: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        split(parse_split(content), TWO_LINES)
    assert refused.value.field == field


def test_each_line_once() -> None:
    same = {"item": "deed_tax", "payer": "transferee", "transferee_parts": "1", "transferor_parts": "1"}
    with pytest.raises(BadInput, match="each line once"):
        split(parse_split({"choice": "custom", "lines": [same, same]}), TWO_LINES)


TWO = [Owed(0, "deed_tax", "transferee", 900), Owed(1, "land_premium", "transferor", 700)]


@pytest.mark.parametrize(
    ("content", "paid"),
    [
        ({"choice": "each_own"}, [(0, "transferee", 900), (1, "transferor", 700)]),
        ({"choice": "custom"}, [(0, "transferee", 900), (1, "transferor", 700)]),
        (
            {"choice": "custom", "transferee_parts": "1", "transferor_parts": "2"},
            [(0, "transferee", 300), (0, "transferor", 600), (1, "transferee", 233), (1, "transferor", 467)],
        ),
        (
            {
                "choice": "custom",
                "lines": [{"item": "land_premium", "payer": "transferor", "transferee_fen": 1, "transferor_fen": 699}],
            },
            [(0, "transferee", 900), (1, "transferee", 1), (1, "transferor", 699)],
        ),
        (
            {
                "choice": "custom",
                "transferee_parts": "0",
                "transferor_parts": "1",
                "lines": [
                    {"item": "deed_tax", "payer": "transferee", "transferee_parts": "1", "transferor_parts": "0"}
                ],
            },
            [(0, "transferee", 900), (1, "transferor", 700)],
        ),
    ],
)
def test_who_pays_what(content: dict[str, object], paid: list[tuple[int, str, int]]) -> None:
    pieces = split(parse_split(content), TWO)
    assert [(one.ordinal, one.payer, one.amount_fen) for one in pieces] == paid


@pytest.mark.parametrize(
    ("content", "value", "allowed"),
    [
        ({"transferee_parts": "1"}, [Decimal(1), None], "a figure for the transferee and one for the transferor"),
        ({"transferee_parts": "0", "transferor_parts": "0.0"}, ["0", "0.0"], "parts with a sum above zero"),
    ],
)
def test_half_a_ratio_is_none(content: dict[str, object], value: list[object], allowed: str) -> None:
    with pytest.raises(BadInput) as caught:
        split(Split.model_validate({"choice": "custom", **content}), TWO)
    assert (caught.value.field, caught.value.value, caught.value.allowed) == ("split", value, allowed)
