"""UnionPay's settlement file of a clearing day: ZIP with fixed-width GBK lines, zlib, base64."""

import base64
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from adapters.simulator.clock import CHINA
from adapters.simulator.records import Movement, Order, Part, Return, Transaction
from adapters.simulator.setup import RegionSetup
from adapters.simulator.world import World

ZM_WIDTHS = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13,
    13, 8, 32, 13, 13, 12, 2, 1, 32, 98,
)  # fmt: skip
"""Bytes of each of the 42 columns of layout 5.1; with one blank between them a line has 607 bytes."""

ZME_WIDTHS = (3, 11, 11, 6, 10, 19, 12, 4, 2, 2, 6, 10, 4, 12, 13, 13, 15, 15, 1, 12, 2, 135)
"""Likewise of the 22 columns of the file of disputes."""

TEST_CARD = "6216261000000000018"
"""A card of UnionPay's test environment."""

_ACQUIRER = "48213410"
_NOTHING = "C000000000000"


@dataclass(frozen=True, slots=True)
class SettlementFile:
    """A file as the download answers it: `content` is base64 of the deflated ZIP."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """Money that moved, as the file tells it: its numbers, the whole amount, and each receiver's part, in fen.

    `original` is the payment that a refund or undo gives back or, where money `comes_back`, that refund. `is_dispute`:
    a line about it among the disputes (差错). `merchant` is another than the transaction's where it is not "".
    """

    transaction: Transaction
    movement: Movement
    order_id: str
    amount_fen: int
    parts: tuple[Part, ...]
    original: Movement | None = None
    is_dispute: bool = False
    comes_back: bool = False
    merchant: str = ""
    card: str = "6216***********0001"
    discount_fen: int = 0

    @property
    def is_out(self) -> bool:
        """Whether money went out."""
        return self.original is not None and not self.comes_back

    @property
    def key(self) -> str:
        if self.is_dispute:  # such a line has neither query id nor order number
            return f"ZME{self.movement.trace_no}{self.movement.at:%m%d%H%M%S}"
        return self.movement.query_id

    def with_amount(self, amount_fen: int) -> "Cleared":
        first, *others = self.parts
        changed = Part(first.receiver, first.amount_fen + amount_fen - self.amount_fen)
        return replace(self, amount_fen=amount_fen, parts=(changed, *others))

    def renumbered(self, serial: int) -> "Cleared":
        query_id = f"{self.movement.query_id[:14]}{serial % 10**7:07d}"
        movement = replace(self.movement, query_id=query_id, trace_no=f"{serial % 10**6:06d}")
        original = self.original and replace(self.original, query_id=f"{self.original.query_id[:14]}{query_id[14:]}")
        return replace(self, movement=movement, order_id=f"HX{serial:018d}", original=original)

    def under(self, serial: int) -> "Cleared":
        return replace(self.renumbered(serial), order_id=self.order_id, original=self.original)

    def elsewhere(self) -> None:
        return None

    def taken_back(self, serial: int) -> "Cleared | None":
        """A refund that the merchant never asked for."""
        if not isinstance(self.transaction, Order):
            return None
        at = self.movement.at + timedelta(minutes=1)
        query_id = f"{at:%Y%m%d%H%M%S}{serial % 10**7:07d}"
        movement = replace(self.movement, query_id=query_id, trace_no=f"{serial % 10**6:06d}", at=at)
        order_id = f"TX{serial:018d}"
        fields = {**self.transaction.fields, "txnType": "04", "txnSubType": "00", "orderId": order_id}
        given = Return(fields, self.parts, self.transaction, self.movement, movement)
        return Cleared(given, movement, order_id, self.amount_fen, self.parts, self.movement)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: a movement with one receiver's part of it or, without a part, as a whole."""

    cleared: Cleared
    part: Part | None
    receiver_name: str = ""


def cleared(world: World, region: RegionSetup, day: date) -> list[Cleared]:
    """What cleared for a region on a day: payments, then refunds and undos. What was reversed never cleared."""
    paid = [
        Cleared(order, payment, order.order_id, order.amount_fen, _divided(order))
        for order in world.orders.values()
        if order.merchant in region.merchants and not order.is_reversed
        for payment in order.payments
        if _day(payment, region) == day
    ]
    returned = [
        Cleared(given, given.movement, given.order_id, given.amount_fen, given.parts, given.payment)
        for given in world.returns.values()
        if given.merchant in region.merchants and given.outcome == "00" and _day(given.movement, region) == day
    ]
    return paid + returned


def _day(movement: Movement, region: RegionSetup) -> date:
    """QRA's bill is by the calendar, as WeChat's is; the others' days turn at 23:00."""
    return movement.at.astimezone(CHINA).date() if region.qra else movement.clearing_day


def _divided(order: Order) -> tuple[Part, ...]:
    return (Part(order.merchant, order.amount_fen),) if order.is_withheld else order.parts


def dispute_lines(rows: Sequence[Cleared]) -> bytes:
    """The lines of the file of disputes: what they are about is told by trace number and time alone."""
    return b"".join(_dispute(row) for row in rows if row.is_dispute)


def _dispute(row: Cleared) -> bytes:
    values = dict.fromkeys(range(1, len(ZME_WIDTHS) + 1), "") | {
        1: "E30",
        2: _ACQUIRER,
        3: _ACQUIRER,
        4: row.movement.trace_no,
        5: f"{row.movement.at:%m%d%H%M%S}",
        7: f"{row.amount_fen:012d}",
        18: row.transaction.merchant,
    }
    return b" ".join(_cell(values[number], width) for number, width in enumerate(ZME_WIDTHS, 1)) + b"\r\n"


def lines(rows: Sequence[Cleared], names: Mapping[str, str], shape: Literal["receiver", "order"]) -> bytes:
    """The lines of a file, in the shape that is asked for. `names` are the receivers' short names."""
    rows = [row for row in rows if not row.is_dispute]
    if shape == "order":
        return b"".join(line(Line(row, None)) for row in rows)
    return b"".join(line(Line(row, part, names.get(part.receiver, ""))) for row in rows for part in row.parts)


def packed(merchant: str, day: date, zm: bytes, zme: bytes = b"") -> SettlementFile:
    """Wraps the lines: ZIP with the ZM and the ZME (dispute) file, zlib, base64."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for kind, content in (("ZM", zm), ("ZME", zme)):
            entry = zipfile.ZipInfo(f"INN{day:%y%m%d}88{kind}_{merchant}", (day.year, day.month, day.day, 0, 0, 0))
            file.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return SettlementFile(f"{merchant}_{day:%Y%m%d}.zip", deflated(archive.getvalue()))


def deflated(content: bytes) -> str:
    """A content as fileContent carries it: zlib, then base64."""
    return base64.b64encode(zlib.compress(content)).decode()


def line(line: Line) -> bytes:
    """One line of 607 bytes and CRLF. ValueError where a value does not fit its column."""
    values = list(_columns(line))
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


def _columns(line: Line) -> Iterator[str]:
    """The 42 values of a line, in the order and with the numbers of the layout."""
    row, movement, original = line.cleared, line.cleared.movement, line.cleared.original
    fields = row.transaction.fields
    code, sign = ("S30", "D") if row.is_out else ("S22", "C")
    divided = [part for part in row.parts if part.receiver != row.transaction.merchant]
    share = line.part.amount_fen if line.part else sum(part.amount_fen for part in divided)
    original_order = row.transaction.order.order_id if isinstance(row.transaction, Return) else ""
    yield from (code, _ACQUIRER, _ACQUIRER, movement.trace_no, f"{movement.at:%m%d%H%M%S}")  # 1-5
    yield from (row.card, f"{row.amount_fen:012d}", "9311", fields["channelType"])  # 6-9
    yield from (movement.query_id, "", row.order_id, "01")  # 10-13
    yield from (original.trace_no, f"{original.at:%m%d%H%M%S}") if original else ("", "")  # 14-15
    yield from (
        _NOTHING,
        f"{sign}{row.amount_fen:012d}",
        "0001",
        "",
    )  # 16-19: fee, settled, way of paying, group
    kind = ("01", "01") if row.comes_back else (fields["txnType"], fields["txnSubType"])
    yield from (*kind, fields["bizType"], "01", "", "", "")  # 20-26
    yield from (
        original.query_id if original else "",
        row.merchant or row.transaction.merchant,
        "1" if divided else "0",
    )  # 27-29
    yield from (line.part.receiver if line.part else "", cut(line.receiver_name, 32))  # 30-31
    yield from (f"{sign}{share:012d}", f"{sign}{row.amount_fen - share:012d}", "")  # 32-34
    discount = f"{sign}{row.discount_fen:012d}" if row.discount_fen else _NOTHING
    yield from (cut(fields.get("reqReserved", ""), 32), discount, f"{sign}{row.amount_fen:012d}")  # 35-37
    yield from ("C00000000000", "", "", original_order, "")  # 38-42
