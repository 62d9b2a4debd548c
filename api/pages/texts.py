"""The words of the pages, in both languages. They live in words/*.yaml, each key with its Chinese and its English."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from foundation.money import yuan
from foundation.yaml_text import parse_yaml

LANGUAGES: Final = ("zh", "en")


class Text(BaseModel):
    """One text in both languages; `{name}` stands for a value given when it is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: str
    en: str


@cache
def texts() -> Mapping[str, Text]:
    """All texts of the pages by key. A key stands in one file only."""
    reader = TypeAdapter(dict[str, Text])
    found: dict[str, Text] = {}
    for path in sorted(Path(__file__).with_name("words").glob("*.yaml")):
        read = reader.validate_python(parse_yaml(path.read_text(encoding="utf-8")))
        twice = found.keys() & read.keys()
        if twice:
            raise ValueError(f"{path.name}: {', '.join(sorted(twice))} already stands in another file")
        found |= read
    return found


@dataclass(frozen=True, slots=True)
class Speech:
    """The texts in the language of one page."""

    language: str

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key with its values filled in. KeyError where there is no such key."""
        text: str = getattr(texts()[key], self.language)
        return text.format(**values) if values else text

    def knows(self, key: str) -> bool:
        """Whether there is a text for a key."""
        return key in texts()

    def fact(self, entry: Any, value: Any) -> str:
        """A fact's value as people read it, by its entry in the vocabulary; a dash where nothing is known."""
        if value is None:
            return "—"
        if entry.kind == "fen":
            return f"¥{yuan(value)}"
        if entry.kind == "flag":
            return self("new.yes" if value else "new.no")
        if entry.kind == "choice" and value in entry.words:
            return self.of(entry.words[value])
        return f"{value} {self.of(entry.unit)}" if entry.unit else str(value)

    def of(self, both: Any) -> str:
        """A name that carries both languages (`zh`, `en`) itself, such as a region's."""
        return str(getattr(both, self.language))
