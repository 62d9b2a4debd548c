"""The kinds of differences, read from kinds.yaml."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from foundation.yaml_text import parse_yaml
from settlement.adjustments import Entry


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Frozen):
    """A short text in both languages."""

    zh: str
    en: str


class Posting(_Frozen):
    """A journal entry by the names of its accounts; `when` the statement has more than ours, or less or the same."""

    debit: str
    credit: str
    when: Literal["more", "less", "always"] = "always"

    def of(self, difference_fen: int, amount_fen: int) -> tuple[Entry, ...]:
        """The entry for a difference (theirs less ours), if it is made in that direction."""
        fits = self.when == "always" or (self.when == "more") == (difference_fen > 0)
        return (Entry(self.debit, self.credit, amount_fen),) if fits else ()


class Kind(_Frozen):
    """One kind of difference: its name, what to do about it, and the entries that doing so would make.

    `does`: post those entries; or ask the channel about the statement's row, which makes them by itself; or move
    an amount from the accounts in which we expected it to those in which the source has it.
    `then`: how the amount leaves the suspense account into which the entries put it.
    """

    name: Words
    action: Words
    does: Literal["post", "take", "move"] = "post"
    entries: tuple[Posting, ...] = ()
    then_action: Words | None = None
    then: tuple[Posting, ...] = ()
    urgent: bool = False

    @property
    def days_to_settle(self) -> int:
        """How long a case of this kind may wait."""
        return 1 if self.urgent else 7

    def preview(self, difference_fen: int, amount_fen: int) -> tuple[Entry, ...]:
        """The entries that the suggested action would make for a difference of an amount above zero."""
        return tuple(entry for one in self.entries for entry in one.of(difference_fen, amount_fen))

    def afterwards(self, difference_fen: int, amount_fen: int) -> tuple[Entry, ...]:
        """The entries that would take the amount out of suspense again."""
        return tuple(entry for one in self.then for entry in one.of(difference_fen, amount_fen))


KINDS = TypeAdapter(dict[str, Kind]).validate_python(
    parse_yaml(Path(__file__).with_name("kinds.yaml").read_text(encoding="utf-8"))
)
