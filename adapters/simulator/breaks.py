"""Breaks planted in statements, with their answer key."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, Literal, Protocol, Self, TypeVar

from adapters.simulator.faults import PlantedBreak, PlantedBreaks
from adapters.simulator.refusal import Refusal


class StatementRow(Protocol):
    """One fact of a statement, as far as it can be broken: a payment, a tax voucher, a pay code."""

    @property
    def key(self) -> str:
        """What identifies the fact to its reader."""

    @property
    def amount_fen(self) -> int:
        """What it says in money."""

    def with_amount(self, amount_fen: int) -> Self:
        """The same fact over another amount."""

    def renumbered(self, serial: int) -> Self:
        """A fact like this one under numbers that nobody knows."""


Row = TypeVar("Row", bound=StatementRow)

_WAYS: tuple[Literal["missing", "altered", "repeated", "added", "late"], ...] = (
    "missing",
    "altered",
    "repeated",
    "added",
    "late",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One planted break: what is true, and what the statement shows for that day (None: nothing)."""

    source: str
    region: str
    day: str
    how: str
    key: str
    true_fen: int | None
    shown_fen: int | None


@dataclass(frozen=True, slots=True)
class _Planted(Generic[Row]):
    region: str
    day: date
    how: str
    row: Row
    by_fen: int


class Breaks(Generic[Row]):
    """The planted breaks of one source. `rows_of` gives the true rows of a region and day."""

    def __init__(self, rows_of: Callable[[str, date], Sequence[Row]]) -> None:
        self._rows_of = rows_of
        self._planted: list[_Planted[Row]] = []
        self.answers: list[Answer] = []

    def clear(self) -> None:
        """The statements are true again."""
        self._planted.clear()
        self.answers.clear()

    def plant(self, wanted: PlantedBreak, serial: int) -> Answer:
        """Breaks one row of a day. Refusal 409 where the day has no such row that is still sound."""
        row = next((each for each in self._sound(wanted.region, wanted.day) if wanted.key in (None, each.key)), None)
        if row is None:
            which = f"row {wanted.key}" if wanted.key else "row"
            raise Refusal(409, "nothing_to_break", f"{wanted.source} has no sound {which} on {wanted.day}")
        return self._break(row, wanted, serial)

    def plant_some(self, wanted: PlantedBreaks, serial: Callable[[], int]) -> list[Answer]:
        """Breaks a share of the rows of a day, each in a way of its own."""
        # A seed is for repeating a run, not for secrets.
        chance = random.Random(f"{wanted.seed}:{wanted.source}:{wanted.region}:{wanted.day}")  # noqa: S311
        answers = []
        for row in self._sound(wanted.region, wanted.day):
            luck, how, by_fen = chance.random(), chance.choice(_WAYS), chance.choice((-1, 1)) * chance.randint(1, 99)
            if luck < wanted.rate:
                by_fen = by_fen if row.amount_fen + by_fen > 0 else abs(by_fen)
                one = PlantedBreak(
                    kind="row", how=how, source=wanted.source, region=wanted.region, day=wanted.day, by_fen=by_fen
                )
                answers.append(self._break(row, one, serial()))
        return answers

    def _sound(self, region: str, day: date) -> list[Row]:
        broken = {each.row.key for each in self._planted}
        return [row for row in self._rows_of(region, day) if row.key not in broken]

    def _break(self, row: Row, wanted: PlantedBreak, serial: int) -> Answer:
        true: int | None = row.amount_fen
        shown: int | None = None
        match wanted.how:
            case "altered":
                shown = row.amount_fen + wanted.by_fen
                if shown <= 0 or wanted.by_fen == 0:
                    raise Refusal(422, "invalid_field", f"by_fen: {wanted.by_fen} leaves {shown} of {true} fen")
            case "repeated":
                shown = 2 * row.amount_fen
            case "added":
                row = row.renumbered(serial)
                true, shown = None, row.amount_fen
        self._planted.append(_Planted(wanted.region, wanted.day, wanted.how, row, wanted.by_fen))
        answer = Answer(wanted.source, wanted.region, wanted.day.isoformat(), wanted.how, row.key, true, shown)
        self.answers.append(answer)
        return answer

    def shown(self, region: str, day: date) -> list[Row]:
        """The rows that the statement of a day shows."""
        yesterday = day - timedelta(days=1)
        late = [each.row for each in self._of(region, yesterday) if each.how == "late"]
        today = self._of(region, day)
        by_key = {each.row.key: each for each in today if each.how != "added"}
        rows = [shown for row in self._rows_of(region, day) for shown in _broken(row, by_key.get(row.key))]
        return [*late, *rows, *(each.row for each in today if each.how == "added")]

    def _of(self, region: str, day: date) -> list[_Planted[Row]]:
        return [each for each in self._planted if (each.region, each.day) == (region, day)]


def _broken(row: Row, planted: _Planted[Row] | None) -> list[Row]:
    if planted is None:
        return [row]
    match planted.how:
        case "altered":
            return [row.with_amount(row.amount_fen + planted.by_fen)]
        case "repeated":
            return [row, row]
        case _:  # missing, or late: in the next day's statement
            return []
