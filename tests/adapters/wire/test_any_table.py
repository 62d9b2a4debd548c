"""Tables of any layout: damaged, none raises anything but that it cannot be read; in any pieces they read the same."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.wire.text_sheet import Wanted, read_table
from adapters.wire.text_stream import TextStream
from adapters.wire.text_table import TableReader
from adapters.wire.unread import Unread
from settlement.ports.statements import RawStatement, Source, UnreadableStatement
from settlement.statement_files import TextTable, known_layouts
from tests.adapters.damage import damaged, damages

DAY, MERCHANT = date(2026, 3, 1), "898341502000001"


def whole_file(table: TextTable, times: int = 1, broken: str = "") -> bytes:
    """A file as a layout describes it, with so many rows of each kind; and a line that cannot be read where given."""
    separator, headings = table.separators[0], sorted(table.headings)
    amounts = {name for kind in table.kinds.values() for name in (kind.amount, kind.fee)}
    amounts |= set(table.totals.sums.values()) if table.totals else set()
    rows = []
    for number, word in enumerate([*table.kinds] * times):
        told = {name: "1.00" if name in amounts else f"K{number}" for name in headings} | {table.kind: word}
        told |= {table.merchant: MERCHANT} if table.merchant else {}
        told |= {table.day: f"{DAY:{table.day_form}}"} if table.day else {}
        rows.append([told[name] for name in headings])
    below = [["x"]] * table.lines_after
    if table.totals:
        below[-2:] = [
            [table.totals.count, *sorted(table.totals.headings - {table.totals.count})],
            [str(len(rows) + bool(broken)), *[f"{len(rows)}.00"] * (len(table.totals.headings) - 1)],
        ]
    lines = [form.format(merchant=MERCHANT, day=DAY) for form in table.above]
    lines.append(separator.join(headings))
    lines += [separator.join(table.prefix + cell for cell in row) for row in rows]
    lines += [broken, ""] if broken else []
    lines += [separator.join(table.prefix + cell for cell in row) for row in below]
    lines += [f"{table.remark} end"] if table.remark else []
    return "\n".join([*lines, ""]).encode(table.encoding)


def packed(content: bytes, table: TextTable) -> bytes:
    if not table.zipped:
        return content
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"bill{table.zipped}", content)
    return archive.getvalue()


def read(table: TextTable, content: bytes) -> int:
    raw = RawStatement("f", packed(content, table))
    return len(TableReader(Source.channel, "341502", table, MERCHANT).parse(raw, DAY).columns)


@pytest.mark.parametrize("name", sorted(known_layouts()))
@settings(deadline=None, max_examples=40)
@given(damages)
def test_no_damage_to_a_table_raises_anything_else(name: str, damage: list[tuple[float, int, bytes]]) -> None:
    table = known_layouts()[name]
    with suppress(UnreadableStatement):
        read(table, damaged(whole_file(table), damage))


@pytest.mark.parametrize("name", sorted(known_layouts()))
def test_undamaged_they_are_read(name: str) -> None:
    table = known_layouts()[name]
    assert read(table, whole_file(table)) >= len(table.kinds)


def in_pieces(table: TextTable, content: bytes, size: int) -> tuple[object, ...]:
    """All that is read of a file that comes in pieces of so many bytes."""
    unread = Unread()
    pieces = (content[begin : begin + size] for begin in range(0, len(content), size))
    found = read_table(pieces, table, Wanted(Source.channel, MERCHANT, DAY), unread)
    return found.rows.to_pylist(), found.discounts, found.balances, unread.among(len(found.rows))


@pytest.mark.parametrize("name", sorted(known_layouts()))
@settings(deadline=None, max_examples=15)
@given(st.integers(1, 90), st.sampled_from(["", "不动产登记"]), st.sampled_from(["", "\n\n \n"]))
def test_where_its_pieces_end_makes_no_difference(name: str, size: int, broken: str, end: str) -> None:
    table = known_layouts()[name]
    content = whole_file(table, 5, broken) + end.encode()
    whole = in_pieces(table, content, len(content))
    assert in_pieces(table, content, size) == whole
    assert len(whole[0]) >= 5 * len(table.kinds)
    assert len(whole[3]) == bool(broken)


@pytest.mark.parametrize("name", sorted(known_layouts()))
def test_no_more_is_held_back_than_a_piece_and_the_last_lines(name: str) -> None:
    table, fed = known_layouts()[name], 0
    content = whole_file(table, 3_000)

    def pieces() -> Iterator[bytes]:
        nonlocal fed
        for begin in range(0, len(content), 1_000):
            fed += len(content[begin : begin + 1_000])
            yield content[begin : begin + 1_000]

    stream, passed, held = TextStream(pieces(), table.encoding), 0, []
    for _, block in stream.blocks(0 if table.remark else table.lines_after, table.remark):
        passed += len(block.encode(table.encoding))
        held.append(fed - passed)
    assert len(content) > 100_000
    assert max(held) < 1_000


@pytest.mark.parametrize(("content", "says"), [(b"x" * 500_000, "line 1"), (b"a\n" + b"\n" * 500_000, "line 1")])
def test_what_never_ends_is_refused(content: bytes, says: str) -> None:
    pieces = (content[begin : begin + 100_000] for begin in range(0, len(content), 100_000))
    with pytest.raises(UnreadableStatement, match=says):
        list(TextStream(pieces, "gbk").blocks(2, ""))


@pytest.mark.parametrize(("content", "place"), [(b"ab\xff\xffcd", 2), ("不".encode("gbk") + b"\xb2", 2)])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_what_is_not_in_the_encoding_is_told_by_its_place(content: bytes, place: int, size: int) -> None:
    pieces = (content[begin : begin + size] for begin in range(0, len(content), size))
    with pytest.raises(UnreadableStatement, match=f"not gbk at byte {place}"):
        list(TextStream(pieces, "gbk").blocks(0, ""))
