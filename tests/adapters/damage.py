"""What people, programs and lines have done to files: bytes at some places replaced by others."""

from hypothesis import strategies as st

ODD = (
    "", "\n", "\r", "\t", ",", ";", "`", '"', "\x00", "\u2028", "９", "-", "--1.00", "1e999", "NaN", "0x1F", ".5",
    "1,2,3", "9" * 400, "99999999999999999999.99", "合计", "=1+1", "{merchant}", "\ufeff",
)  # fmt: skip
"""What people and programs have put into such files."""

damages = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(ODD).map(str.encode) | st.binary(max_size=12)),
    min_size=1,
    max_size=4,
)


def damaged(whole: bytes, damage: list[tuple[float, int, bytes]]) -> bytes:
    """The content with some bytes at some places replaced by others."""
    for where, length, by in damage:
        place = int(where * len(whole))
        whole = whole[:place] + by + whole[place + length :]
    return whole
