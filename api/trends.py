"""Trends as finance asks for them: which days, by what, narrowed to what. Page, charts and exports share it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from api.access import signed_in
from api.maybe_day import MaybeDay
from api.people import Person
from foundation import clock
from foundation.errors import BadInput, NotAllowed
from settlement.book.rollups import By, Moved, districts
from settlement.book.trends import Only, Step, steps_between

MOST = {Step.day: 92, Step.month: 36}
"""Places of one trend: more would not be read as one."""

_USUAL = {Step.day: timedelta(days=29), Step.month: timedelta(days=330)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: steps from `first` to `last`, both included, of what moved in which way, by what."""

    moved: Moved
    by: By
    step: Step
    first: date
    last: date
    only: Only

    @property
    def span(self) -> tuple[Step, date, date, Only]:
        """What every trend of the book is asked by."""
        return self.step, self.first, self.last, self.only

    @property
    def places(self) -> list[date]:
        """Every step of the trend, by its first day."""
        return steps_between(self.first, self.last, self.step)

    @property
    def ends(self) -> list[date]:
        """The last day of each step that has begun; today, of the one that is running."""
        today = clock.today()
        return [min(_last_of(place, self.step), today) for place in self.places if place <= today]

    def address(self, **changed: str) -> str:
        """This trend, or one that differs in what is named, as an address's parameters."""
        said = {
            "moved": self.moved, "by": self.by, "step": self.step,
            "first": self.first.isoformat(), "last": self.last.isoformat(),
            "district": self.only.district, "item": self.only.item, "channel": self.only.channel,
        }  # fmt: skip
        return urlencode({**said, **changed})


async def trend_asked(
    who: Annotated[Person, Depends(signed_in("finance"))],
    moved: Moved = Moved.paid,
    by: By = By.item,
    step: Step = Step.day,
    first: Annotated[MaybeDay, Query(description="30 days or 12 months before the last, if none is named")] = "",
    last: Annotated[MaybeDay, Query(description="today, if none is named")] = "",
    district: Annotated[str, Query(pattern=r"^(\d{6})?$")] = "",
    item: str = "",
    channel: str = "",
) -> Asked:
    """A dependency: the trend of a query, of one's own region. BadInput for days that are too many or none."""
    if district and not districts(district).startswith(districts(who.region)):
        raise NotAllowed(f"您属于 {who.region}，不能查看 {district}。You belong to {who.region}, not to {district}.")
    until = last or clock.today()
    since = first or until - _USUAL[step]
    if step is Step.month:  # whole months
        since, until = since.replace(day=1), _last_of(until, step)
    asked = Asked(moved, by, step, since, until, Only(district or who.region, item, channel))
    if not 1 <= len(asked.places) <= MOST[step]:
        raise BadInput("first", since.isoformat(), _ALLOWED[step])
    return asked


_ALLOWED = {
    Step.day: f"截止日以前、至多 {MOST[Step.day]} 天。at most {MOST[Step.day]} days up to the last",
    Step.month: f"截止日以前、至多 {MOST[Step.month]} 个月。at most {MOST[Step.month]} months up to the last",
}


def _last_of(day: date, step: Step) -> date:
    return day if step is Step.day else (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
