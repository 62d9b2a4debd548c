"""A kind of business 业务种类 as a template of a bill: which facts it fixes, who takes part, which items it collects.

One YAML file a kind, beside this one. The engine knows none of them by name.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from foundation.errors import BadInput
from foundation.yaml_text import parse_yaml
from settlement.assessment import Line
from settlement.regions import Names, Region
from settlement.shares import Split
from settlement.shares.splitting import PAYERS

DEFAULT = "transfer"

Side = Literal["transferee", "transferor", "owner", "applicant", "mortgagee"]


class BusinessKind(BaseModel):
    """A template. `transaction` maps a fact by its dotted name to its value, or to the list of those it may have.

    A single value is filled in where the case leaves it out. `items` narrows what the region collects; `needs` are
    facts without which the kind makes no sense; `contract` says whether the day of a contract has to be known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(pattern=r"^[a-z_]{2,32}$")
    name: Names
    hint: Names
    transaction: Mapping[str, str | tuple[str, ...]]
    sides: Mapping[Side, Literal["required", "optional"]]
    items: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    contract: bool = True
    asks: tuple[str, ...] = Field(min_length=1, description="the facts that the window asks first, by dotted name")
    split: Split = Split(choice="each_own")

    def collected(self, region: Region) -> tuple[str, ...]:
        """The items that a bill of this kind collects in a region."""
        return tuple(item for item in region.items if not self.items or item in self.items)

    def offered(self, region: Region) -> bool:
        """Whether the region collects everything that makes up this kind."""
        return set(self.items) <= set(region.items)

    def collects(self, region: Region, item: str, payer: str) -> bool:
        """Whether what a payer owes of an item stands on a bill of this kind."""
        return payer in self.sides and item in self.collected(region)

    def filled(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of a case with what the kind fixes. BadInput where they say something else, or too little."""
        made: dict[str, Any] = {**facts}
        for path, allowed in self.transaction.items():
            found = _at(made, path)
            if found is None and isinstance(allowed, str):
                _put(made, path, allowed)
            elif found not in ((allowed,) if isinstance(allowed, str) else allowed):
                words = allowed if isinstance(allowed, str) else " | ".join(allowed)
                raise BadInput(f"transaction.{path}", found, f"{words}, for business of the kind {self.kind}")
        for path in self.needs:
            if _at(made, path) is None:
                raise BadInput(f"transaction.{path}", None, f"a value, for business of the kind {self.kind}")
        return made

    def check_parties(self, sides: set[str]) -> None:
        """Refuses a case in which somebody is missing, or takes part who does not belong."""
        for side in sorted(sides - set(self.sides)):
            raise BadInput("parties", side, f"{' | '.join(self.sides)}, for business of the kind {self.kind}")
        for side, presence in self.sides.items():
            if presence == "required" and side not in sides:
                raise BadInput("parties", sorted(sides), f"at least one {side} as well")

    def check_payers(self, sides: set[str], lines: list[Line]) -> None:
        """Refuses a case in which a line is owed by a side from which nobody is named."""
        for one in lines:
            if one.amount_fen and one.payer not in sides:
                raise BadInput("parties", sorted(sides), f"at least one {one.payer}, who owes the {one.item}")


@cache
def business_kinds() -> Mapping[str, BusinessKind]:
    """Every kind by its code, in the order in which windows offer them."""
    files = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.yaml"))]
    known = [BusinessKind.model_validate(parse_yaml(content)) for content in files]
    return {one.kind: one for one in known}


def business_kind(code: str, region: Region | None = None) -> BusinessKind:
    """The kind of a code. BadInput where there is none, or where the region does not collect its items."""
    known = business_kinds()
    offered = [one for one in known if region is None or known[one].offered(region)]
    if code not in offered:
        raise BadInput("kind", code, f"one of {', '.join(offered)}")
    return known[code]


def _at(facts: Mapping[str, Any], path: str) -> Any:
    here: Any = facts
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def _put(facts: dict[str, Any], path: str, value: str) -> None:
    *steps, last = path.split(".")
    here = facts
    for step in steps:
        here[step] = dict(here.get(step) or {})
        here = here[step]
    here[last] = value


assert set(Side.__args__) == set(PAYERS)  # type: ignore[attr-defined]
