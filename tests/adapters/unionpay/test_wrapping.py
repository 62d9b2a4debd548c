import base64
import zlib

import pytest

from adapters.unionpay import wrapping
from settlement.ports.statements import UnreadableStatement


def test_the_wrapping_of_a_public_vector() -> None:
    assert wrapping.unwrapped("eJwrSS0uiU9JLEkEABL5A7o=") == b"test_data"


@pytest.mark.parametrize("content", ["", "x", "AAAA", "eJwrSS0uiU9JLEkEABL5A7", "eJwrSS0uiU9JLEkE", "测"])
def test_a_broken_wrapping_is_refused(content: str) -> None:
    with pytest.raises(UnreadableStatement):
        wrapping.unwrapped(content)


def test_a_zlib_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapping, "MOST_BYTES_OF_A_ZIP", 1000)
    with pytest.raises(UnreadableStatement, match="above 1000 bytes"):
        wrapping.unwrapped(base64.b64encode(zlib.compress(bytes(1001))).decode())
