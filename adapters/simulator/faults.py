"""What goes wrong on request: notifications, statements as a whole, and the tax office's figures."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import count
from typing import Annotated, Literal

from pydantic import Field, RootModel

from adapters.simulator.refusal import Message

Day = Annotated[date, Field(strict=False)]


class Source(StrEnum):
    """Whose statement: the channel's settlement file, the treasury's, the non-tax platform's."""

    channel = "channel"
    treasury = "treasury"
    non_tax = "non_tax"


SourceField = Annotated[Source, Field(strict=False)]


class NotificationFault(Message):
    """What happens to one notification: that of `order_id`, or the next that is sent.

    dropped: never sent. repeated: `times` copies at once. delayed: held back for `seconds`. forged: first one under the
    right name from a strange authority, then the true one. altered: first one with a fen more than was signed, then the
    true one. wrong_amount: signed as it should be, but with a fen more than was paid, and no other.
    """

    kind: Literal["notification"]
    how: Literal["dropped", "repeated", "delayed", "forged", "altered", "wrong_amount"]
    order_id: str | None = None
    times: Annotated[int, Field(ge=2, le=50)] = 2
    seconds: Annotated[float, Field(ge=0, le=86400)] = 1.0


class TaxAmountFault(Message):
    """The tax office finds another amount for an item of a case."""

    kind: Literal["tax_amount"]
    case_number: str
    item: str
    amount_fen: Annotated[int, Field(gt=0)]


class StatementFault(Message):
    """A statement that is not there, or stops in the middle; for `times` downloads, or until faults are cleared."""

    kind: Literal["statement"]
    how: Literal["missing", "truncated"]
    source: SourceField
    region: str
    day: Day
    times: Annotated[int, Field(ge=1)] | None = None


class PlantedBreak(Message):
    """One row of a statement that is not as it was.

    missing: left out. altered: `by_fen` more (or less). repeated: there twice. added: a row that never happened.
    late: a day later than true. `key` is the row's query id, tax voucher number or pay code; without it the first
    sound row of the day is taken.
    """

    kind: Literal["row"]
    how: Literal["missing", "altered", "repeated", "added", "late"]
    source: SourceField
    region: str
    day: Day
    key: str | None = None
    by_fen: int = 1


class Fault(RootModel[NotificationFault | TaxAmountFault | StatementFault | PlantedBreak]):
    """Any fault, told apart by its `kind`."""

    root: NotificationFault | TaxAmountFault | StatementFault | PlantedBreak = Field(discriminator="kind")


def truncated(content: bytes) -> bytes:
    """A content that breaks off in the middle of a row."""
    return content[: len(content) * 3 // 5]


@dataclass(slots=True)
class Faults:
    """The faults that are still to come."""

    notifications: list[NotificationFault] = field(default_factory=list)
    tax_amounts: dict[tuple[str, str], int] = field(default_factory=dict)
    _statements: dict[int, tuple[StatementFault, int | None]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def clear(self) -> None:
        """From here on all goes well."""
        self.notifications.clear()
        self.tax_amounts.clear()
        self._statements.clear()

    def add_statement(self, fault: StatementFault) -> None:
        """Waits for the downloads of a statement."""
        self._statements[next(self._numbers)] = (fault, fault.times)

    def take_notification(self, order_id: str) -> NotificationFault | None:
        """The fault for an order's notification, used up by this."""
        for fault in self.notifications:
            if fault.order_id in (None, order_id):
                self.notifications.remove(fault)
                return fault
        return None

    def take_statement(
        self, source: Source, region: str, day: date
    ) -> Literal["missing", "truncated"] | None:
        """What befalls a download of a statement; one of the fault's times is used up by this."""
        for number, (fault, left) in self._statements.items():
            if (fault.source, fault.region, fault.day) != (source, region, day):
                continue
            if left == 1:
                del self._statements[number]
            elif left is not None:
                self._statements[number] = (fault, left - 1)
            return fault.how
        return None
