"""A claim at the door: tax that is to be given back."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from foundation.errors import BadInput
from settlement.assessment.transaction import MONEY_LIMIT_FEN, Closed, Day, Fen, Flag, RegionCode, checked

Price = Annotated[int, Field(strict=True, ge=1, lt=MONEY_LIMIT_FEN)]


class Claim(Closed):
    """A claim for deed tax (the contract fell through) or for income tax (a home was replaced within a year)."""

    kind: Literal["deed_tax", "home_replacement"]
    region: RegionCode
    date: Day
    registered: Flag | None = None
    reason: (
        Literal["contract_rescinded", "rescinded_by_agreement", "judged_void_and_restored", "area_shortfall"] | None
    ) = None
    deed_tax_paid_fen: Fen | None = None
    contract_price_fen: Price | None = None
    settled_price_fen: Fen | None = None
    old_price_fen: Price | None = None
    new_price_fen: Fen | None = None
    income_tax_paid_fen: Fen | None = None
    same_city: Flag | None = None
    is_owner_of_new_home: Flag | None = None
    days_between: Annotated[int, Field(strict=True, ge=0, le=36_500)] | None = None

    @classmethod
    def parse(cls, mapping: Mapping[str, Any]) -> Self:
        """Checks a mapping as read from JSON; raises BadInput that names the first wrong field."""
        if not isinstance(mapping, Mapping):
            raise BadInput("claim", mapping, "an object with the fields of a claim")
        return checked(cls, mapping)
