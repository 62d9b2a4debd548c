"""The non-tax platform's answers, as they are on the wire."""

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from adapters.wire.answers import Answer, Day, Text, Yuan

PayCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{20}$")]


class PayCodeAnswer(Answer):
    """A pay code and what it asks for."""

    pay_code: PayCode
    total: Yuan


class StatusAnswer(Answer):
    """How far a pay code is; a confirmation comes with the money, finance's voucher when it was passed on."""

    pay_code: PayCode
    state: Literal["unpaid", "in_account", "passed_on", "sent_back", "void"]
    confirmation_no: Text | None
    confirmed_on: Day | None
    passed_on_no: Text | None = None
    passed_on_date: Day | None = None
    sent_back_no: Text | None = None

    @model_validator(mode="after")
    def _fits_its_state(self) -> Self:
        known = {
            "confirmation": (self.confirmation_no, self.confirmed_on, self.state in ("in_account", "passed_on")),
            "voucher": (self.passed_on_no, self.passed_on_date, self.state == "passed_on"),
            "return": (self.sent_back_no, self.sent_back_no, self.state == "sent_back"),
        }
        for what, (number, day, is_due) in known.items():
            if (number is not None) != is_due or (day is not None) != is_due:
                raise ValueError(f"state {self.state} with {what} {number} on {day}")
        return self


class ReceiptAnswer(Answer):
    """财政电子票据."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
    check_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{6}$")]
    issued_on: Day
    amount: Yuan
