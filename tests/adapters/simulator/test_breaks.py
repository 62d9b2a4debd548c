"""What is drawn for the rows of a day."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import count

import pytest

from adapters.simulator.breaks import Breaks
from adapters.simulator.faults import PlantedBreaks

DAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class Line:
    """A row with an account."""

    key: str
    amount_fen: int
    account: str = ""

    def with_amount(self, amount_fen: int) -> "Line":
        return replace(self, amount_fen=amount_fen)

    def renumbered(self, serial: int) -> "Line":
        return replace(self, key=str(serial))

    def under(self, serial: int) -> "Line":
        return replace(self, key=str(serial))

    def elsewhere(self) -> "Line":
        return replace(self, account="other")

    def taken_back(self, serial: int) -> "Line":
        return replace(self, key=str(serial), amount_fen=-self.amount_fen)


@pytest.mark.parametrize(("rows", "most"), [(0, 0), (1, 0), (9, 0), (10, 1), (35, 3)])
def test_few_rows_are_drawn_to_stand_elsewhere_or_the_file_would_be_anothers(rows: int, most: int) -> None:
    lines = [Line(f"q{number}", 100) for number in range(rows)]
    breaks = Breaks(lambda _region, _day: lines, ways=lambda _region, _row: ("elsewhere",))
    wanted = PlantedBreaks(kind="rows", source="channel", region="341502", day=DAY, seed=1, rate=1.0)
    answers = breaks.plant_some(wanted, count().__next__)
    assert [one.how for one in answers] == ["elsewhere"] * most
    assert [one.account for one in breaks.shown("341502", DAY)].count("other") == most
