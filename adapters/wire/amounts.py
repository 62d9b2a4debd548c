"""Columns of amounts in yuan, read into fen: exact, and all rows at once."""

import pyarrow as pa
import pyarrow.compute as pc

_TWO_DECIMALS = "^-?[0-9]{1,15}[.][0-9]{2}$"
_ANY_DECIMALS = "^-?[0-9]{1,15}([.][0-9]{1,2})?$"


def fen_of_column(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The fen of amounts with exactly two decimals, and which of the texts are such; of the others 0."""
    right = pc.match_substring_regex(texts, _TWO_DECIMALS)
    digits = pc.replace_substring(pc.if_else(right, texts, "0.00"), ".", "")
    return digits.cast(pa.int64()), right


def fen_of_loose_column(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Likewise for files that write 15,080.00 or 15080 or 15080.5."""
    plain = pc.replace_substring(texts, ",", "")
    right = pc.match_substring_regex(plain, _ANY_DECIMALS)
    plain = pc.if_else(right, plain, "0")
    whole, one = pc.invert(pc.match_substring(plain, ".")), pc.match_substring_regex(plain, "[.][0-9]$")
    filled = pc.if_else(whole, pc.binary_join_element_wise(plain, "00", ""), plain)
    filled = pc.if_else(one, pc.binary_join_element_wise(filled, "0", ""), filled)
    return pc.replace_substring(filled, ".", "").cast(pa.int64()), right
