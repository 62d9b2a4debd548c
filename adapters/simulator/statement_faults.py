"""What goes wrong with statements on request: with a whole one, or with one row."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from adapters.simulator.refusal import Message


class Source(StrEnum):
    """Whose statement: the channel's settlement file, the treasury's, the non-tax platform's, and three lists."""

    channel = "channel"
    treasury = "treasury"
    non_tax = "non_tax"
    bank = "bank"
    tax_status = "tax_status"
    e_receipts = "e_receipts"


_Day = Annotated[date, Field(strict=False)]
_Source = Annotated[Source, Field(strict=False)]


Damage = Literal["missing", "truncated", "garbled", "encoding", "layout", "totals", "another_day", "forged", "sessions"]


class StatementFault(Message):
    """What is wrong with a statement, for `times` downloads, or until faults are cleared.

    missing: not there. truncated: it stops in the middle of a row. garbled: its first row cannot be read. encoding: in
    UTF-16. layout: with other names or separators. totals: they count nine rows too many. another_day: inside stands
    the day before. forged: its answer is signed by a stranger. sessions: a treasury's row is counted in another batch
    than it stands in.
    """

    kind: Literal["statement"]
    how: Damage
    source: _Source
    region: str
    day: _Day
    times: Annotated[int, Field(ge=1)] | None = None


Way = Literal[
    "missing", "altered", "repeated", "added", "late",
    "renumbered", "elsewhere", "divided", "taken_back", "unfounded", "adjusted",
]  # fmt: skip


class PlantedBreak(Message):
    """One row of a statement that is not as it was.

    missing: left out. altered: `by_fen` more (or less). repeated: there twice. added: a row that never happened.
    late: a day later than true. renumbered: under another first number. elsewhere: under another budget subject or
    item. divided: `by_fen` of it elsewhere. taken_back: and it went back on the same day. unfounded: money that went
    back and never came. adjusted: and a line about it among the day's disputes (差错). `key` is the row's query id, tax
    voucher number or pay code; without it the first sound row of the day is taken.
    """

    kind: Literal["row"]
    how: Way
    source: _Source
    region: str
    day: _Day
    key: str | None = None
    by_fen: int = 1


class PlantedBreaks(Message):
    """This share of the sound rows of a day's statement is broken, each in a way drawn from the seed."""

    kind: Literal["rows"]
    source: _Source
    region: str
    day: _Day
    seed: int
    rate: Annotated[float, Field(ge=0, le=1, strict=False)]
