"""Identifiers of ours: UUIDv7 for machines, a short number with a check digit for people."""

from datetime import date
from secrets import randbits
from time import time_ns
from uuid import UUID

from stdnum.iso7064 import mod_11_10

from foundation.errors import BadInput

_last = 0


def new_id() -> UUID:
    """A fresh UUIDv7: ordered by time, made here because the database may be older than 18.

    Milliseconds, and their 4,096ths instead of the first random bits (RFC 9562, 6.2, method 3): thousands of ids in a
    second keep their order in this process and do not run ahead of the time.
    """
    global _last  # noqa: PLW0603 - what comes later must be greater
    _last = max(time_ns() * 4096 // 1_000_000, _last + 1)
    milliseconds, part = divmod(_last, 4096)
    return UUID(int=milliseconds << 80 | 7 << 76 | part << 64 | 2 << 62 | randbits(62))


BILL_NUMBER_LENGTH = 19
SERIALS = 1_000_000
"""How many bills of one region and day can be told apart."""


def bill_number(region: str, on: date, serial: int) -> str:
    """A bill's number for people: region (6), day yyMMdd (6), serial (6), check digit (1).

    Digits only, so that it may be typed on a telephone and used in a channel's order number, with room left
    under UnionPay's 32 characters.
    """
    body = f"{region}{on:%y%m%d}{serial:06d}"
    return body + str(mod_11_10.calc_check_digit(body))


def checked_bill_number(text: str, field: str = "number") -> str:
    """Gives the bill number back when its check digit is right."""
    if not text.isdigit() or not mod_11_10.is_valid(text):
        raise BadInput(field, text, "a bill number as printed; its last digit does not fit the others")
    return text
