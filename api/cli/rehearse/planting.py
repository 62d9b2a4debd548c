"""What is wrong with a day's statements: rows at the rate, now and then a whole one: late, cut off, unbalanced."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from api.cli.rehearse.town import Town
from settlement.ports.statements import Source

CLOSINGS = 5
"""So often a day is closed on a morning before it is left for the next."""

_SHORT, _LONG = 1, CLOSINGS + 1
"""For so many downloads a statement is not as it should be: it comes the same morning, or on the next."""

_OF_THE_RATE = 0.5


How = Literal["missing", "truncated", "balance"]
_ANY: tuple[How, ...] = ("missing", "truncated")

UNBALANCED = "unbalanced"
"""A statement that was read, and whose balances are not what its rows come to."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A whole statement that is at first not there, cut off in the middle of a row, or with a wrong closing balance."""

    region: str
    day: date
    source: Source
    how: How

    @property
    def seen_as(self) -> str:
        """The state in which its file is found at the first close."""
        return {"missing": "missing", "truncated": "refused", "balance": UNBALANCED}[self.how]


async def plant_rows(town: Town, region: str, day: date, rate: float, seed: int) -> list[Mapping[str, Any]]:
    """Breaks rows of every source's statement at the rate; the answer keys."""
    answers: list[Mapping[str, Any]] = []
    for one in town.house.sources[region]:
        where = {"source": one.source, "region": region, "day": day.isoformat()}
        given = await town.desk.fault(kind="rows", seed=seed, rate=rate, **where)
        answers += given["answers"]
    return answers


async def damage_statements(town: Town, region: str, day: date, rate: float, seed: int) -> list[Damage]:
    """Lets half as many whole statements be late, cut off or out of balance, of those that are due for the day."""
    calendar = town.office.region(region).calendar
    damaged = []
    for one in town.house.sources[region]:
        chance = random.Random(f"{seed}:{region}:{day}:{one.source}")  # noqa: S311 - for repeating a run, not for secrets
        if chance.random() >= rate * _OF_THE_RATE or not calendar.works(one.source, day):
            continue
        how: How = chance.choice((*_ANY, "balance") if one.source is Source.bank else _ANY)
        where = {"source": one.source, "region": region, "day": day.isoformat()}
        await town.desk.fault(kind="statement", how=how, times=chance.choice((_SHORT, _LONG)), **where)
        damaged.append(Damage(region, day, one.source, how))
    return damaged
