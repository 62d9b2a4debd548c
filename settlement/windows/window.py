"""A window 窗口: where business is taken in, by whom, and of which kinds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from foundation.errors import BadInput, NotAllowed
from settlement.identities import credit_code
from settlement.kinds import BusinessKind, business_kind
from settlement.regions import Region

WindowKind = Literal["registry", "bank", "agent"]
WINDOW_KINDS: tuple[WindowKind, ...] = ("registry", "bank", "agent")
_OWN_SIDE = {"bank": "mortgagee", "agent": "transferor"}
"""On which side of its business an institution with a credit code has to stand: a bank lends, a developer sells."""


class WindowContent(BaseModel):
    """What a version of a window says.

    `kinds` are the kinds of business that it may take in; none at a window of the registry: all of them. `identity` is
    the credit code 统一社会信用代码 of the bank or the developer; an agent that acts for others has none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: WindowKind
    name: str = Field(min_length=1, max_length=100)
    place: str = Field("", max_length=100)
    identity: str | None = None
    kinds: tuple[str, ...] = ()

    def checked(self, region: Region) -> "WindowContent":
        """With the credit code in canonical writing. BadInput names what does not fit the region or the kind."""
        if self.kind != "registry" and not self.kinds:
            raise BadInput("kinds", self.kinds, "at least one kind of business, for a window of a bank or an agent")
        if self.kind == "bank" and self.identity is None:
            raise BadInput("identity", None, "the credit code of the bank")
        if self.kind == "registry" and self.identity is not None:
            raise BadInput("identity", self.identity, "none, for a window of the registry")
        side = _OWN_SIDE.get(self.kind) if self.identity else None
        for code in self.kinds:
            if side and side not in business_kind(code, region).sides:
                raise BadInput("kinds", code, f"kinds of business in which a {side} takes part, for this window")
            business_kind(code, region)
        identity = credit_code(self.identity, "identity") if self.identity else None
        return self.model_copy(update={"identity": identity, "kinds": tuple(dict.fromkeys(self.kinds))})


@dataclass(frozen=True, slots=True)
class Window:
    """A window as it is on a day."""

    region: str
    code: str
    kind: WindowKind
    name: str
    place: str
    identity: str | None
    kinds: tuple[str, ...]

    def may(self, kind: str) -> bool:
        """Whether it may take in this kind of business."""
        return not self.kinds or kind in self.kinds

    @property
    def own_side(self) -> str | None:
        """The side on which its institution has to stand; None where it acts for others."""
        return _OWN_SIDE.get(self.kind) if self.identity else None

    def check(self, kind: BusinessKind, parties: Sequence[tuple[str, str]]) -> None:
        """NotAllowed for a case that is not this window's, by its kind and its parties' (side, identity)."""
        if not self.may(kind.kind):
            raise NotAllowed(
                f"{self.name} 未获准办理{kind.name.zh}。{self.name} may not take in: {kind.name.en}.", field="kind"
            )
        side = self.own_side
        if side and (side, self.identity) not in parties:
            raise NotAllowed(
                f"{self.name} 只能办理本单位作为{_SIDE_ZH[side]}的业务。"
                f"{self.name} takes in only cases in which it is the {side} itself.",
                field="parties",
            )


_SIDE_ZH = {"mortgagee": "抵押权人", "transferor": "义务人"}
