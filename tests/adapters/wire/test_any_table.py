"""No table of any layout, however it is damaged, raises anything but that it cannot be read."""

import io
import zipfile
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings

from adapters.wire.text_table import TableReader
from settlement.ports.statements import RawStatement, Source, UnreadableStatement
from settlement.statement_files import TextTable, known_layouts
from tests.adapters.damage import damaged, damages

DAY, MERCHANT = date(2026, 3, 1), "898341502000001"


def whole_file(table: TextTable) -> bytes:
    """A file as a layout describes it, with a row of each kind."""
    separator, headings = table.separators[0], sorted(table.headings)
    amounts = {name for kind in table.kinds.values() for name in (kind.amount, kind.fee)}
    amounts |= set(table.totals.sums.values()) if table.totals else set()
    rows = []
    for number, word in enumerate(table.kinds):
        told = {name: "1.00" if name in amounts else f"K{number}" for name in headings} | {table.kind: word}
        told |= {table.merchant: MERCHANT} if table.merchant else {}
        told |= {table.day: f"{DAY:{table.day_form}}"} if table.day else {}
        rows.append([told[name] for name in headings])
    below = [["x"]] * table.lines_after
    if table.totals:
        below[-2:] = [
            [table.totals.count, *sorted(table.totals.headings - {table.totals.count})],
            [str(len(rows)), *[f"{len(rows)}.00"] * (len(table.totals.headings) - 1)],
        ]
    lines = [form.format(merchant=MERCHANT, day=DAY) for form in table.above]
    lines.append(separator.join(headings))
    lines += [separator.join(table.prefix + cell for cell in row) for row in [*rows, *below]]
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
