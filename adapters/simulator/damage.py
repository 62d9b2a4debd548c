"""What is done to a whole statement's bytes, whether they are fixed columns, XML or a table of text."""

from datetime import date, timedelta

from adapters.simulator.faults import Damage
from adapters.simulator.refusal import Refusal

_XML = b"<?xml"
_OTHER_SEPARATORS = bytes.maketrans(b",\t", b";|")
_AMOUNT_AT = 66
"""Where the amount of a settlement file's line begins."""


def damaged(content: bytes, how: Damage | None, day: date) -> bytes:
    """A content as a fault has it. Refusal 422 for totals or balances where there are none."""
    match how:
        case "truncated":
            return _cut_off(content)
        case "garbled":
            return _garbled(content)
        case "encoding":
            return content.decode("utf-8" if content.isascii() or _is_utf8(content) else "gbk").encode("utf-16")
        case "layout":
            return content.replace(b"\r\n", b" \r\n").replace(b"TraAmt>", b"Amt>").translate(_OTHER_SEPARATORS)
        case "totals":
            return _with_wrong_totals(content)
        case "balance":
            return _with_wrong_balance(content)
        case "another_day":
            before = day - timedelta(days=1)
            for form in ("%Y%m%d", "%Y-%m-%d"):
                content = content.replace(f"{day:{form}}".encode(), f"{before:{form}}".encode())
    return content


def _cut_off(content: bytes) -> bytes:
    """Up to the middle of a row: a settlement file that stops at the end of one says of nothing more."""
    row = content.rfind(b"\n", 0, len(content) * 3 // 5) + 1
    end = content.find(b"\n", row)
    return content[: (row + (end if end > 0 else len(content))) // 2]


def _garbled(content: bytes) -> bytes:
    if content.startswith(_XML):
        return content.replace(b"<TraAmt>", b"<TraAmt>?", 1)
    first, separator, rest = content.partition(b"\n")
    if b"," not in first:
        return content[:_AMOUNT_AT] + b"?" + content[_AMOUNT_AT + 1 :]
    return first + separator + rest.replace(b",", b"", 1)


def _with_wrong_totals(content: bytes) -> bytes:
    if content.startswith(_XML):
        return content.replace(b"<AllNum>", b"<AllNum>9", 1)
    lines = content.split(b"\n")
    count, comma, _ = lines[-2].removeprefix(b"T,").partition(b",")
    if not comma or not count.isdigit():
        raise Refusal(422, "no_totals", "how: this statement has no totals")
    lines[-2] = lines[-2].replace(count + comma, b"9" + count + comma, 1)
    return b"\n".join(lines)


def _with_wrong_balance(content: bytes) -> bytes:
    lines = content.split(b"\n")
    if "余额".encode() not in lines[-3]:
        raise Refusal(422, "no_balance", "how: this statement names no balance")
    before, comma, closing = lines[-2].rpartition(b",")
    sign = closing[: closing.startswith(b"-")]
    lines[-2] = before + comma + sign + b"1" + closing.removeprefix(b"-")
    return b"\n".join(lines)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
