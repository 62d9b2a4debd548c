"""Family and holdings as the window or another system hands them in, checked at the door."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from foundation.errors import BadInput
from settlement.homes.what_counts import Land, Record, Use
from settlement.identities import checked_identity

_Count = Annotated[int, Field(strict=True, ge=0, le=100)]
_Region = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}$")]
_Text = Annotated[str, StringConstraints(min_length=2, max_length=200)]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Member(_Closed):
    """Someone of the buyer's family. `born_on` is needed of a child whose document does not say it."""

    role: Literal["buyer", "spouse", "child"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    identity: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    identity_kind: Literal["resident_id", "other"] = "resident_id"
    born_on: date | None = None

    def birthday(self, field: str) -> date:
        """The day of birth, from the identity number where it has one."""
        if self.identity_kind == "resident_id":
            return date(int(self.identity[6:10]), int(self.identity[10:12]), int(self.identity[12:14]))
        if self.born_on is None:
            raise BadInput(f"{field}.born_on", None, "a day, which this kind of document does not say")
        return self.born_on


class Holding(_Closed):
    """A member's share of a home. `home` is its unit code or certificate number: the same home counts once.

    `owner` is the member's place in the family, from 0; `since` the day of title or of the signed contract.
    """

    owner: Annotated[int, Field(strict=True, ge=0, le=19)]
    home: Annotated[str, StringConstraints(min_length=4, max_length=40)]
    region: _Region
    use: Use
    land: Land = "state"
    record: Record = "registered"
    share: Annotated[Decimal, Field(gt=0, le=1)] = Decimal(1)
    since: date | None = None


class Pledge(_Closed):
    """The buyer's written pledge 承诺 of the count: a false one is a false declaration."""

    count: _Count
    on: date


class Override(_Closed):
    """A clerk's decision that goes before everything else, with its reason."""

    count: _Count
    reason: _Text


class Homes(_Closed):
    """What the count is to be made from. Without `holdings` no query result is there; an empty list is a result."""

    family: tuple[Member, ...] = Field(min_length=1, max_length=20)
    holdings: tuple[Holding, ...] | None = Field(None, max_length=500)
    pledge: Pledge | None = None
    override: Override | None = None


def parse_homes(content: Any, field: str = "homes") -> Homes:
    """Checks a mapping as read from JSON; raises BadInput that names the first wrong field."""
    try:
        homes = Homes.model_validate(content if isinstance(content, Mapping) else None)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        steps = [field, *(str(step) for step in fault["loc"])]
        shown = None if "family" in steps else fault.get("input")  # an error must not carry a person
        raise BadInput(".".join(steps), shown, fault["msg"]) from None
    family = tuple(
        one.model_copy(
            update={"identity": checked_identity(one.identity_kind, one.identity, f"{field}.family.{place}.identity")}
        )
        for place, one in enumerate(homes.family)
    )
    if family[0].role != "buyer":
        raise BadInput(f"{field}.family", family[0].role, "the buyer first, then spouse and children")
    for place, holding in enumerate(homes.holdings or ()):
        if holding.owner >= len(family):
            raise BadInput(
                f"{field}.holdings.{place}.owner", holding.owner, f"0 to {len(family) - 1}, a place in family"
            )
    if homes.holdings is None and homes.pledge is None and homes.override is None:
        raise BadInput(f"{field}.holdings", None, "the query result, the buyer's pledge, or a clerk's override")
    return homes.model_copy(update={"family": family})
