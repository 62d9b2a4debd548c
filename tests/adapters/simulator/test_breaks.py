"""What is drawn for the rows of a day."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
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


def test_of_one_debt_one_row_is_drawn_to_be_broken() -> None:
    """On whatever days its rows stand."""
    of_days = {DAY: [Line("p1", 100), Line("p2", 100)], DAY + timedelta(days=1): [Line("p1-back", -100)]}
    breaks = Breaks(
        lambda _region, day: of_days[day],
        ways=lambda _region, _row: ("missing",),
        debt=lambda row: row.key.removesuffix("-back"),
    )
    for day, expected in ((DAY, ["p1", "p2"]), (DAY + timedelta(days=1), [])):
        wanted = PlantedBreaks(kind="rows", source="non_tax", region="341502", day=day, seed=1, rate=1.0)
        assert [one.key for one in breaks.plant_some(wanted, count().__next__)] == expected
    of_days[DAY] = [Line("p3", 100), Line("p3-back", -100)]
    wanted = PlantedBreaks(kind="rows", source="non_tax", region="341502", day=DAY, seed=1, rate=1.0)
    assert [one.key for one in breaks.plant_some(wanted, count().__next__)] == ["p3"]
