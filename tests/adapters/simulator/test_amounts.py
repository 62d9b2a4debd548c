"""Yuan on the wire, fen inside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulator.amounts import fen, yuan


@given(st.integers(0, 10**15 - 1))
def test_an_amount_comes_back_as_it_went_out(amount_fen: int) -> None:
    assert fen(yuan(amount_fen)) == amount_fen


@pytest.mark.parametrize("text", ["1", "1.0", "1.000", "-1.00", "01.00", ".50", "1,000.00", "1.00 ", "1２.00", ""])
def test_any_other_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        fen(text)
