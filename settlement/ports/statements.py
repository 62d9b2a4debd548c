"""Statements: what a channel, the treasury and the non-tax account say happened on a day of theirs."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from foundation.errors import HeyiError


class UnreadableStatement(HeyiError):
    """A statement that cannot be trusted as a whole (truncated, wrong totals or layout). Nothing is judged by it."""

    code = "unreadable_statement"


class Source(StrEnum):
    """Whose statement it is."""

    channel = "channel"
    treasury = "treasury"
    non_tax = "non_tax"


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One row of a statement.

    `key` is what ties it to our book: the channel's query id, the tax voucher number, the pay code; `second_key`
    the order number where the source has one. `amount_fen` is positive for money in and negative for money out.
    `account` says where it went: budget subject and treasury, or the fee item code.
    """

    line_no: int
    key: str
    second_key: str
    amount_fen: int
    account: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one source for one day of that source, with its bytes as evidence."""

    source: Source
    region: str
    day: date
    file_name: str
    raw: bytes
    rows: tuple[StatementRow, ...]


@dataclass(frozen=True, slots=True)
class RawStatement:
    """A statement's bytes as they came, before anything is believed."""

    file_name: str
    raw: bytes


class StatementSource(Protocol):
    """One source of one region."""

    @property
    def source(self) -> Source:
        """Whose statements these are."""

    async def fetch(self, day: date) -> RawStatement | None:
        """The statement of a day, or None while it is not there yet. Unavailable: no answer."""

    def parse(self, raw: RawStatement, day: date) -> Statement:
        """Checks and reads a statement. UnreadableStatement names the line and what is wrong."""
