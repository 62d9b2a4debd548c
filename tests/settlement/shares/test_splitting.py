"""Who pays what: the pieces always sum to the lines."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import BadInput
from settlement.bills.intake import parse_split
from settlement.shares import Split, split
from settlement.shares.splitting import MAY_AGREE, PAYERS, Owed, SharesNotEven

LINES = st.lists(
    st.builds(
        Owed,
        ordinal=st.just(0),
        item=st.sampled_from(["deed_tax", "stamp_tax", "land_premium", "registration_fee"]),
        payer=st.sampled_from(PAYERS),
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
    for one in (line for line in lines if line.payer in MAY_AGREE):
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
    alone = {line.ordinal: line.payer for line in lines if line.payer not in MAY_AGREE}
    assert all(piece.payer == alone.get(piece.ordinal, piece.payer) for piece in pieces)
    if choice.choice.startswith("all_by_"):
        whole = choice.choice.removeprefix("all_by_")
        assert {piece.payer for piece in pieces if piece.ordinal not in alone} <= {whole}


TWO_LINES = [Owed(0, "deed_tax", "transferee", 100), Owed(1, "stamp_tax", "transferor", 51)]


DEED = {"item": "deed_tax", "payer": "transferee"}
PARTS_OF_DEED = DEED | {"transferee_parts": Decimal(1), "transferor_parts": Decimal(1)}
DIVISIBLE = "a line that these two may divide: deed_tax of the transferee, stamp_tax of the transferor"
CUSTOM_ONLY = "'custom' where shares are given line by line or as a ratio"
BOTH = "a figure for the transferee and one for the transferor"
ONE_WAY = "either both amounts in fen or both parts"


@pytest.mark.parametrize(
    ("content", "field", "value", "allowed"),
    [
        ({"choice": "each_own", "transferee_parts": "1"}, "split.choice", "each_own", CUSTOM_ONLY),
        ({"choice": "each_own", "transferor_parts": "1"}, "split.choice", "each_own", CUSTOM_ONLY),
        ({"choice": "each_own", "lines": [PARTS_OF_DEED]}, "split.choice", "each_own", CUSTOM_ONLY),
        ({"choice": "custom", "transferee_parts": "1"}, "split", [Decimal(1), None], BOTH),
        (
            {"choice": "custom", "transferee_parts": "0", "transferor_parts": "0.0"},
            "split",
            ["0", "0.0"],
            "parts with a sum above zero",
        ),
        (
            {"choice": "custom", "lines": [{"item": "vat", "payer": "transferor"}]},
            "split.lines",
            "vat of the transferor",
            DIVISIBLE,
        ),
        (
            {"choice": "custom", "lines": [PARTS_OF_DEED, PARTS_OF_DEED]},
            "split.lines",
            "deed_tax of the transferee",
            "each line once",
        ),
        ({"choice": "custom", "lines": [DEED]}, "split.lines[deed_tax]", DEED, ONE_WAY),
        (
            {"choice": "custom", "lines": [PARTS_OF_DEED | {"transferee_fen": 60, "transferor_fen": 40}]},
            "split.lines[deed_tax]",
            PARTS_OF_DEED | {"transferee_fen": 60, "transferor_fen": 40},
            ONE_WAY,
        ),
        (
            {"choice": "custom", "lines": [DEED | {"transferee_fen": 60}]},
            "split.lines[deed_tax]",
            [60, None],
            BOTH,
        ),
        (
            {"choice": "custom", "lines": [DEED | {"transferor_parts": "1"}]},
            "split.lines[deed_tax]",
            [None, Decimal(1)],
            BOTH,
        ),
        (
            {"choice": "custom", "lines": [DEED | {"transferee_fen": 60, "transferor_fen": 39}]},
            "split.lines[deed_tax]",
            [60, 39],
            "amounts that sum to 100 fen; these sum to 99",
        ),
    ],
)
def test_a_choice_that_does_not_fit_says_field_value_and_what_is_allowed(
    content: dict[str, object], field: str, value: object, allowed: str
) -> None:
    with pytest.raises(BadInput) as refused:
        split(Split.model_validate(content), TWO_LINES)
    assert (refused.value.field, refused.value.value, refused.value.allowed) == (field, value, allowed)
    assert isinstance(refused.value, SharesNotEven) == allowed.startswith("amounts that sum")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"choice": "both"}, "split.choice"),
        ({"choice": "custom", "transferee_parts": "-1", "transferor_parts": "2"}, "split.transferee_parts"),
        ({"choice": "each_own", "who": 1}, "split.who"),
    ],
)
def test_what_is_no_choice_is_refused_by_field(content: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_split(content)
    assert refused.value.field == field


TWO = [
    Owed(0, "deed_tax", "transferee", 900),
    Owed(1, "land_premium", "transferor", 700),
    Owed(2, "registration_fee", "mortgagee", 80),
    Owed(3, "registration_fee", "owner", 0),
]


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
    assert [(one.ordinal, one.payer, one.amount_fen) for one in pieces] == [*paid, (2, "mortgagee", 80)]
