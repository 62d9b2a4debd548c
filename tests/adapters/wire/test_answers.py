import pytest

from adapters.wire.answers import Answer, Day, Yuan, fen_of_yuan, understood
from foundation.errors import Unavailable


class Sample(Answer):
    amount: Yuan
    on: Day


def test_amounts_and_days_are_read() -> None:
    assert understood(Sample, b'{"amount": "15080.05", "on": "2026-03-02"}', "x").amount == 1508005


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"amount": "1.00"}',
        b'{"amount": 1.00, "on": "2026-03-02"}',
        b'{"amount": "1.0", "on": "2026-03-02"}',
        b'{"amount": "1,000.00", "on": "2026-03-02"}',
        b'{"amount": "1.00", "on": "20260302"}',
        b'{"amount": "1.00", "on": "2026-02-30"}',
        b'{"amount": "1.00", "on": "2026-03-02", "more": 1}',
        '{"amount": "１.00", "on": "2026-03-02"}'.encode(),
    ],
)
def test_anything_else_is_not_understood(body: bytes) -> None:
    with pytest.raises(Unavailable, match="x answered what cannot be understood"):
        understood(Sample, body, "x")


@pytest.mark.parametrize(("text", "fen"), [("0.00", 0), ("-0.01", -1), ("-12.30", -1230)])
def test_signs_count(text: str, fen: int) -> None:
    assert fen_of_yuan(text) == fen
