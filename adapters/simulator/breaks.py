"""Breaks planted in statements, with their answer key."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, Protocol, Self, TypeVar

from adapters.simulator.faults import EVERYWHERE, PlantedBreak, PlantedBreaks, Way
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

    def under(self, serial: int) -> Self | None:
        """This fact under another first number, the second as it is; None where there is no second."""

    def elsewhere(self) -> Self | None:
        """This fact in another account; None where there is none."""

    def taken_back(self, serial: int) -> Self | None:
        """That this money went back; None where such a statement does not show it."""


Row = TypeVar("Row", bound=StatementRow)

_OF_ROWS_ELSEWHERE = 10
"""Of so many rows one may be drawn to stand elsewhere."""


def nothing_else(_row: object, _how: Way, _by_fen: int, _serial: int) -> None:
    """Of a source that can show no more than others."""


def what_all_have(_region: str, _row: object) -> Sequence[Way]:
    """Of a source of which ways are drawn that every source has."""
    return EVERYWHERE


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
    """`row` is what it was, `shown` what stands for it on its day; `late` what the next day shows."""

    region: str
    day: date
    row: Row
    is_true: bool
    shown: tuple[Row, ...]
    late: tuple[Row, ...] = ()


class Breaks(Generic[Row]):
    """The planted breaks of one source. `rows_of` gives the true rows of a region and day.

    `befallen` says what stands for a row that something befell which not every source can show, or None; `ways` from
    what is drawn for a row of a region; `debt` is the number of what a row is of. Of one debt, one row is drawn: of a
    fee that was taken back and whose 退付 is late, nobody can tell which of both the statement shows.
    """

    def __init__(
        self,
        rows_of: Callable[[str, date], Sequence[Row]],
        befallen: Callable[[Row, Way, int, int], tuple[Row, ...] | None] = nothing_else,
        ways: Callable[[str, Row], Sequence[Way]] = what_all_have,
        debt: Callable[[Row], str] = lambda row: row.key,
    ) -> None:
        self._rows_of = rows_of
        self._befallen = befallen
        self._ways = ways
        self._debt = debt
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
        """Breaks a share of the rows of a day, each in a way of its own; few are elsewhere, or it is another's file."""
        # A seed is for repeating a run, not for secrets.
        chance = random.Random(f"{wanted.seed}:{wanted.source}:{wanted.region}:{wanted.day}")  # noqa: S311
        answers: list[Answer] = []
        broken = {self._debt(each.row) for each in self._planted}
        rows = self._sound(wanted.region, wanted.day)
        for row in rows:
            strange = sum(answer.how == "elsewhere" for answer in answers)
            is_full = _OF_ROWS_ELSEWHERE * (strange + 1) > len(rows)
            ways = [way for way in self._ways(wanted.region, row) if not (is_full and way == "elsewhere")]
            if not ways or self._debt(row) in broken:
                continue
            how = chance.choice(ways)
            luck, by_fen = chance.random(), chance.choice((-1, 1)) * chance.randint(1, 99)
            if luck < wanted.rate:
                turns = (row.amount_fen + by_fen) * row.amount_fen <= 0
                by_fen = abs(by_fen) if how == "discounted" else -by_fen if turns else by_fen
                one = PlantedBreak(
                    kind="row", how=how, source=wanted.source, region=wanted.region, day=wanted.day, by_fen=by_fen
                )
                answers.append(self._break(row, one, serial()))
                broken.add(self._debt(row))
        return answers

    def _sound(self, region: str, day: date) -> list[Row]:
        broken = {each.row.key for each in self._planted}
        return [row for row in self._rows_of(region, day) if row.key not in broken]

    def _break(self, row: Row, wanted: PlantedBreak, serial: int) -> Answer:
        planted = self._become(row, wanted, serial)
        self._planted.append(planted)
        true = row.amount_fen if planted.is_true else None
        shown = sum(each.amount_fen for each in planted.shown) if planted.shown else None
        day = wanted.day.isoformat()
        answer = Answer(wanted.source, wanted.region, day, wanted.how, _named(planted), true, shown)
        self.answers.append(answer)
        return answer

    def _become(self, row: Row, wanted: PlantedBreak, serial: int) -> _Planted[Row]:
        """What becomes of a row. Refusal 422 where that cannot befall it."""
        if shown := self._befallen(row, wanted.how, wanted.by_fen, serial):
            return _Planted(wanted.region, wanted.day, row, True, shown)
        return _planted(row, wanted, serial)

    def shown(self, region: str, day: date) -> list[Row]:
        """The rows that the statement of a day shows."""
        late = [row for each in self._of(region, day - timedelta(days=1)) for row in each.late]
        today = self._of(region, day)
        by_key = {each.row.key: each for each in today if each.is_true}
        rows = [
            shown
            for row in self._rows_of(region, day)
            for shown in (by_key[row.key].shown if row.key in by_key else (row,))
        ]
        return [*late, *rows, *(row for each in today if not each.is_true for row in each.shown)]

    def _of(self, region: str, day: date) -> list[_Planted[Row]]:
        return [each for each in self._planted if (each.region, each.day) == (region, day)]


def _planted(row: Row, wanted: PlantedBreak, serial: int) -> _Planted[Row]:
    """What becomes of a row. Refusal 422 where that cannot befall it."""

    def becomes(*shown: Row | None, late: tuple[Row, ...] = ()) -> _Planted[Row]:
        there = tuple(each for each in shown if each is not None)
        if len(there) < len(shown):
            raise Refusal(422, "invalid_field", f"how: {wanted.source} cannot show {wanted.how}")
        return _Planted(wanted.region, wanted.day, row, True, there, late)

    def never(shown: Row | None) -> _Planted[Row]:
        if shown is None:
            raise Refusal(422, "invalid_field", f"how: {wanted.source} cannot show {wanted.how}")
        return _Planted(wanted.region, wanted.day, shown, False, (shown,))

    match wanted.how:
        case "missing":
            return becomes()
        case "late":
            return becomes(late=(row,))
        case "repeated":
            return becomes(row, row)
        case "altered":
            return becomes(_of_amount(row, row.amount_fen + wanted.by_fen, wanted))
        case "renumbered":
            return becomes(row.under(serial))
        case "elsewhere":
            return becomes(row.elsewhere())
        case "divided":
            other = row.elsewhere()
            rest = _of_amount(row, row.amount_fen - wanted.by_fen, wanted)
            return becomes(rest, other and other.with_amount(wanted.by_fen))
        case "taken_back":
            return becomes(row, row.taken_back(serial))
        case "added":
            return never(row.renumbered(serial))
        case "unfounded":
            return never(row.renumbered(serial).taken_back(serial))
        case _:
            return becomes(None)


def _of_amount(row: Row, amount_fen: int, wanted: PlantedBreak) -> Row:
    if amount_fen * row.amount_fen <= 0 or wanted.by_fen == 0:
        detail = f"by_fen: {wanted.by_fen} leaves {amount_fen} of {row.amount_fen} fen"
        raise Refusal(422, "invalid_field", detail)
    return row.with_amount(amount_fen)


def _named(planted: _Planted[Row]) -> str:
    """The number under which the difference is found: of what is there and should not be, else of what was."""
    keys = [each.key for each in planted.shown if each.key != planted.row.key]
    return keys[0] if len(planted.shown) > 1 and keys else planted.row.key
