"""Who settles by the month, as a region configures it; settlement/months makes the statements and watches them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from foundation.errors import BadInput
from settlement.identities import credit_code


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MonthlyPayer(_Section):
    """An institution that settles by the month, by its credit code, and the side on which it owes: mostly a lender."""

    name: str
    identity: str
    side: Literal["mortgagee", "transferor", "owner", "applicant"] = "mortgagee"

    @model_validator(mode="after")
    def _known_code(self) -> "MonthlyPayer":
        try:
            credit_code(self.identity, "identity")
        except BadInput as error:
            raise ValueError(error.detail) from None
        return self


class MonthlyPayers(_Section):
    """Who settles by the month 月结: on `day` of a month what was confirmed in the one before, to pay in `pay_days`.

    What they owe does not hold up the registration: it is theirs to pay by the agreement.
    """

    day: int = Field(1, ge=1, le=28)
    pay_days: int = Field(10, ge=1, le=45)
    payers: tuple[MonthlyPayer, ...]
