"""The kinds of differences, read from kinds.yaml."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from settlement.cases import Entry


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Frozen):
    """A short text in both languages."""

    zh: str
    en: str


class Posting(_Frozen):
    """A journal entry by the names of its accounts."""

    debit: str
    credit: str


class Kind(_Frozen):
    """One kind of difference: its name, what to do about it, and the entries that doing so would make."""

    name: Words
    action: Words
    entries: tuple[Posting, ...] = ()
    urgent: bool = False

    def preview(self, amount_fen: int) -> tuple[Entry, ...]:
        """The entries that the suggested action would make for a difference of an amount above zero."""
        return tuple(Entry(one.debit, one.credit, amount_fen) for one in self.entries)


KINDS = TypeAdapter(dict[str, Kind]).validate_python(
    yaml.safe_load(Path(__file__).with_name("kinds.yaml").read_text(encoding="utf-8"))
)
