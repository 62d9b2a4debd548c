"""Charts as the pages hold them: the places along the axis and the series over them.

A drawing shows figures and dates alone; the words (title, unit, the series with their colours and marks) stand in the
page beside it, where they can be read aloud, wrapped and translated.
"""

from dataclasses import dataclass
from typing import Final, Literal

COLORS: Final = ("#0f4c8c", "#b36b00", "#0b6b3f", "#8a3ea1", "#1b7f8c", "#a81c1c", "#5c4a2f", "#5b6b80")
"""A colour a series, each at least 3:1 against the page's ground; columns are parted by a white line."""

BY_URGENCY: Final = ("#0b6b3f", "#0f4c8c", "#b36b00", "#a81c1c")
"""Colours of four series, from what may wait to what may not."""

MARKS: Final = "●■▲◆▼✚✖★"
"""A mark a series of lines, as the legend shows it."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its name for the page's legend, and a value a place; None where there is none.

    `outer`: of two lines that belong together, the one that bounds the other.
    """

    name: str
    values: tuple[int | None, ...]
    outer: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Places along the axis as they are written there, and the series. `unit` divides the values for the scale."""

    form: Literal["columns", "lines"]
    places: tuple[str, ...]
    series: tuple[Series, ...]
    unit: int = 1
    colors: tuple[str, ...] = COLORS

    def __post_init__(self) -> None:
        assert len(self.series) <= len(self.colors)
        assert all(len(one.values) == len(self.places) for one in self.series)
