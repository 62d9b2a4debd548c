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
    """How far a pay code is; a confirmation comes with the money."""

    pay_code: PayCode
    state: Literal["unpaid", "in_account"]
    confirmation_no: Text | None
    confirmed_on: Day | None

    @model_validator(mode="after")
    def _fits_its_state(self) -> Self:
        confirmed = self.state == "in_account"
        if (self.confirmation_no is not None) != confirmed or (self.confirmed_on is not None) != confirmed:
            raise ValueError(f"state {self.state} with confirmation {self.confirmation_no} on {self.confirmed_on}")
        return self


class ReceiptAnswer(Answer):
    """财政电子票据."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
    check_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{6}$")]
    issued_on: Day
    amount: Yuan
