"""UnionPay's settlement file of a clearing day: ZIP with fixed-width GBK lines, zlib, base64."""

import base64
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from adapters.simulator.world import Order, Part, World

ZM_WIDTHS = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13,
    13, 8, 32, 13, 13, 12, 2, 1, 32, 98,
)  # fmt: skip
"""Bytes of each of the 42 columns of layout 5.1; with one blank between them a line has 607 bytes."""

_ACQUIRER = "48213410"
_NOTHING = "C000000000000"


@dataclass(frozen=True, slots=True)
class SettlementFile:
    """A file as the download answers it: `content` is base64 of the deflated ZIP."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: an order's payment and one receiver's part of it, or, without a part, the whole order."""

    order: Order
    part: Part | None


def rows(world: World, merchant: str, day: date) -> list[Row]:
    """What cleared for a merchant on a day, in the order of payment, in the shape that the world is set to."""
    cleared = [each for each in world.by_query_id.values() if each.merchant == merchant]
    of_day = [each for each in cleared if each.payment is not None and each.payment.clearing_day == day]
    if world.setup.behaviour.settlement_lines == "order":
        return [Row(order, None) for order in of_day]
    return [Row(order, part) for order in of_day for part in order.parts]


def write(world: World, merchant: str, day: date) -> SettlementFile:
    """The settlement file of a merchant for a clearing day; an empty day is an empty file."""
    region = world.region_of_merchant(merchant)
    names = region.receivers if region else {}
    lines = b"".join(
        line(row, names.get(row.part.receiver, "") if row.part else "") for row in rows(world, merchant, day)
    )
    return packed(merchant, day, lines)


def packed(merchant: str, day: date, lines: bytes) -> SettlementFile:
    """Wraps the lines: ZIP with the ZM and the ZME (dispute) file, zlib, base64."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for kind, content in (("ZM", lines), ("ZME", b"")):
            entry = zipfile.ZipInfo(
                f"INN{day:%y%m%d}88{kind}_{merchant}", (day.year, day.month, day.day, 0, 0, 0)
            )
            file.writestr(entry, content, zipfile.ZIP_DEFLATED)
    deflated = base64.b64encode(zlib.compress(archive.getvalue())).decode()
    return SettlementFile(f"{merchant}_{day:%Y%m%d}.zip", deflated)


def line(row: Row, receiver_name: str) -> bytes:
    """One line of 607 bytes and CRLF. ValueError where a value does not fit its column."""
    values = list(_columns(row, receiver_name))
    if len(values) != len(ZM_WIDTHS):
        raise ValueError(f"{len(values)} values for {len(ZM_WIDTHS)} columns")
    return b" ".join(_cell(value, width) for value, width in zip(values, ZM_WIDTHS, strict=True)) + b"\r\n"


def cut(text: str, width: int) -> str:
    """The longest beginning of a text that fits a column of so many GBK bytes, without half a character."""
    return text.encode("gbk", "replace")[:width].decode("gbk", "ignore")


def _cell(value: str, width: int) -> bytes:
    cell = value.encode("gbk")
    if len(cell) > width:
        raise ValueError(f"{value!r} has {len(cell)} bytes, its column {width}")
    return cell.ljust(width)


def _columns(row: Row, receiver_name: str) -> Iterator[str]:
    """The 42 values of a line, in the order and with the numbers of the layout."""
    order, payment, fields = row.order, row.order.payment, row.order.fields
    if payment is None:
        raise ValueError(f"order {order.order_id} is not paid")
    share = (
        row.part.amount_fen
        if row.part
        else sum(p.amount_fen for p in order.parts if p.receiver != order.merchant)
    )
    is_split = any(part.receiver != order.merchant for part in order.parts)
    yield from ("S22", _ACQUIRER, _ACQUIRER, payment.trace_no, f"{payment.paid_at:%m%d%H%M%S}")  # 1-5
    yield from ("6216***********0001", f"{order.amount_fen:012d}", "9311", fields["channelType"])  # 6-9
    yield from (payment.query_id, "", order.order_id, "01", "", "")  # 10-15
    yield from (
        _NOTHING,
        f"C{order.amount_fen:012d}",
        "0001",
        "",
    )  # 16-19: fee, settled, way of paying, group
    yield from (fields["txnType"], fields["txnSubType"], fields["bizType"], "01", "", "", "")  # 20-26
    yield from ("", order.merchant, "1" if is_split else "0")  # 27-29
    yield from (row.part.receiver if row.part else "", cut(receiver_name, 32))  # 30-31
    yield from (f"C{share:012d}", f"C{order.amount_fen - share:012d}", "")  # 32-34
    yield from (cut(fields.get("reqReserved", ""), 32), _NOTHING, f"C{order.amount_fen:012d}")  # 35-37
    yield from ("C00000000000", "", "", "", "")  # 38-42
