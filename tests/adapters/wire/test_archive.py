import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.wire import archive
from settlement.ports.statements import UnreadableStatement
from tests.adapters.unionpay.zm import zipped


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "/x", "C:x", "..", "a\nb"])
def test_path_tricks_are_refused(name: str) -> None:
    with pytest.raises(UnreadableStatement, match="plain file name"), archive.opened(zipped(b"", name)):
        pass


def test_too_many_members_are_refused() -> None:
    with (
        pytest.raises(UnreadableStatement, match="members"),
        archive.opened(zipped(b"", **{f"f{n}": b"" for n in range(30)})),
    ):
        pass


def test_a_member_that_claims_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES_OF_A_FILE", 1000)
    with pytest.raises(UnreadableStatement, match="unpacks to more"), archive.opened(zipped(bytes(1001))):
        pass


def test_what_is_really_unpacked_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES_OF_A_FILE", 1000)
    with pytest.raises(UnreadableStatement, match="unpacked"):
        list(archive.chunks(io.BytesIO(b"x\n" * 501)))


def test_unknown_packing_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("INN", b"x")
    with pytest.raises(UnreadableStatement, match="unknown way"), archive.opened(packed.getvalue()):
        pass


@settings(deadline=None)
@given(st.binary(max_size=100), st.integers(0, 200))
def test_no_damage_raises_anything_else(damage: bytes, place: int) -> None:
    whole = zipped(b"line\r\n" * 20)
    broken = whole[:place] + damage + whole[place + len(damage) :]
    try:
        with archive.opened(broken) as opened:
            for member in opened.infolist():
                with opened.open(member) as file:
                    list(archive.chunks(file))
    except UnreadableStatement:
        pass
