"""Writes ZM lines and archives as the specification of the file says, apart from the reader's code."""

import base64
import io
import zipfile
import zlib

MERCHANT = "898341502000001"
WIDTHS = {  # column: width, of 42
    1: 3, 2: 11, 3: 11, 4: 6, 5: 10, 6: 19, 7: 12, 8: 4, 9: 2, 10: 21, 11: 2, 12: 32, 13: 2, 14: 6, 15: 10, 16: 13,
    17: 13, 18: 4, 19: 15, 20: 2, 21: 2, 22: 6, 23: 2, 24: 4, 25: 32, 26: 1, 27: 21, 28: 15, 29: 1, 30: 15, 31: 32,
    32: 13, 33: 13, 34: 8, 35: 32, 36: 13, 37: 13, 38: 12, 39: 2, 40: 1, 41: 32, 42: 98,
}  # fmt: skip


def line(
    query_id: str,
    order_id: str,
    amount: int,
    *,
    txn_type: str = "01",
    sub: str = "",
    part: int | None = None,
    name: str = "",
    merchant: str = MERCHANT,
) -> bytes:
    columns = {
        1: "S22", 4: "000001", 5: "0302120000", 7: f"{amount:012d}", 10: query_id, 12: order_id, 16: f"C{0:012d}",
        17: f"D{amount:012d}", 20: txn_type, 21: "01", 22: "000201", 28: merchant, 30: sub, 31: name,
        32: f"D{part:012d}" if part is not None else "",
    }  # fmt: skip
    cells = [columns.get(number, "").encode("gbk").ljust(width) for number, width in WIDTHS.items()]
    return b" ".join(cells) + b"\r\n"


ZME_WIDTHS = (3, 11, 11, 6, 10, 19, 12, 4, 2, 2, 6, 10, 4, 12, 13, 13, 15, 15, 1, 12, 2, 135)


def adjustment(trace: str, time: str, amount: int, merchant: str = MERCHANT) -> bytes:
    columns = {1: "E22", 4: trace, 5: time, 7: f"{amount:012d}", 18: merchant}
    cells = [columns.get(number, "").encode().ljust(width) for number, width in enumerate(ZME_WIDTHS, 1)]
    return b" ".join(cells) + b"\r\n"


def zipped(lines: bytes, member: str = f"INN26030188ZM_{MERCHANT}", **others: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, lines)
        for name, content in others.items():
            archive.writestr(name, content)
    return packed.getvalue()


def file_content(lines: bytes) -> str:
    return base64.b64encode(zlib.compress(zipped(lines))).decode()
