"""What finance and TIPS push by themselves, as it is heard at the door."""

from dataclasses import dataclass
from datetime import date

from settlement.ports.journal import Phase


@dataclass(frozen=True, slots=True)
class FeeArrived:
    """Finance says that a pay code's money is in the non-tax account; amount in fen, query id of the payment."""

    pay_code: str
    amount_fen: int
    query_id: str
    confirmed_on: date
    confirmation_no: str


@dataclass(frozen=True, slots=True)
class DayTurned:
    """A network says its work date, and where in its day it is."""

    message_id: str
    day: date
    phase: Phase
