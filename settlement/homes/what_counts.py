"""What counts as a home, by region and day: national ← province ← city ← district, each level where it differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from foundation.errors import BadInput
from foundation.yaml_text import parse_yaml

Role = Literal["buyer", "spouse", "minor_child"]
Use = Literal["residential", "commercial", "office", "industrial", "parking", "storage", "homestead", "forest"]
Land = Literal["state", "collective"]
Record = Literal["registered", "signed"]
Within = Literal["district", "city", "province", "country"]

_DIGITS = {"district": 6, "city": 4, "province": 2, "country": 0}


class Version(BaseModel):
    """What one level says on the days [from, to); None where it leaves it to the level above."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_: date = Field(alias="from")
    to: date | None = None
    members: tuple[Role, ...] | None = None
    adult_at: Annotated[int, Field(ge=1, le=30)] | None = None
    within: Within | None = None
    together: tuple[str, ...] | None = None
    uses: tuple[Use, ...] | None = None
    land: tuple[Land, ...] | None = None
    records: tuple[Record, ...] | None = None
    share_above: Annotated[Decimal, Field(ge=0, lt=1)] | None = None
    law: tuple[str, ...] = Field(min_length=1)
    certainty: Literal["law", "confirmed", "single_source", "unverified", "example"]

    def holds_on(self, day: date) -> bool:
        """Whether this version is in force on a day."""
        return self.from_ <= day and (self.to is None or day < self.to)


@dataclass(frozen=True, slots=True)
class HomeRules:
    """What counts in a region on a day. `law`: the documents of every level that has a say, the nearest first."""

    region: str
    members: tuple[Role, ...]
    adult_at: int
    within: Within
    together: tuple[str, ...]
    uses: tuple[Use, ...]
    land: tuple[Land, ...]
    records: tuple[Record, ...]
    share_above: Decimal
    law: tuple[str, ...]

    def reaches(self, region: str) -> bool:
        """Whether homes of a region count here."""
        if self.region in self.together and region in self.together:
            return True
        digits = _DIGITS[self.within]
        return region[:digits] == self.region[:digits]


SAID = ("members", "adult_at", "within", "together", "uses", "land", "records", "share_above")


def home_rules(region: str, day: date) -> HomeRules:
    """The rules of a district on a day. BadInput for a day before the first rule."""
    said: dict[str, object] = {}
    law: list[str] = []
    for level in ("national", region[:2], region[:4], region):
        version = next((one for one in level_rules(level) if one.holds_on(day)), None)
        if level == "national" and version is None:
            raise BadInput("contract_date", day.isoformat(), f"a day from {level_rules(level)[0].from_}")
        if version is not None:
            said |= {name: getattr(version, name) for name in SAID if getattr(version, name) is not None}
            law = [*version.law, *law]
    return HomeRules(region=region, law=tuple(law), **said)  # type: ignore[arg-type]


@cache
def level_rules(name: str) -> Sequence[Version]:
    """What a level says: `national`, or the digits of a province, city or district; nothing where it has no file."""
    file = files("settlement.homes") / "rules" / f"{name}.yaml"
    if not file.is_file():
        return ()
    return TypeAdapter(tuple[Version, ...]).validate_python(parse_yaml(file.read_text(encoding="utf-8")))
