"""Amounts as the gateways write them: yuan as text with two decimals. Inside, fen as int."""

import re
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer

_YUAN = re.compile(r"(0|[1-9][0-9]{0,12})\.([0-9]{2})")


def fen(text: str) -> int:
    """Fen of a wire amount such as '15080.00'. ValueError for any other shape."""
    found = _YUAN.fullmatch(text)
    if found is None:
        raise ValueError("must be yuan with two decimals, such as 15080.00")
    return int(found[1]) * 100 + int(found[2])


def yuan(amount_fen: int) -> str:
    """The wire form of an amount in fen."""
    whole, rest = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}{whole}.{rest:02d}"


def _checked(text: str) -> str:
    fen(text)
    return text


Yuan = Annotated[str, AfterValidator(_checked)]
"""A field that holds a wire amount."""

Fen = Annotated[int, PlainSerializer(yuan, return_type=str)]
"""A field that is fen inside and yuan on the wire."""
