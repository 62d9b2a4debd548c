"""The days of a rehearsal: open hours, evenings, and mornings on which the day before is closed and signed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pendulum

from api.cli.rehearse.follow_ups import FollowUps
from api.cli.rehearse.lives import live
from api.cli.rehearse.plan import Plan
from api.cli.rehearse.planting import CLOSINGS, UNBALANCED, Damage, damage_statements, plant_rows
from api.cli.rehearse.staff import close_named_breaks, tend_cases
from api.cli.rehearse.telling import Teller
from api.cli.rehearse.timeline import Timeline
from api.cli.rehearse.town import ASKS, DECIDES, Town
from api.closing import close_the_day, match_running_days
from api.statement_sources import Filed
from api.sweeps import SWEEPS
from foundation import clock
from reconciliation.files import bring
from reconciliation.report import DayReport
from reconciliation.signing import CannotSign, prepare_day, sign_day
from settlement.ports.statements import RawStatement

_HOUR = timedelta(hours=1)
_NIGHT_STEP = timedelta(hours=3)
_DAY_STEP = timedelta(minutes=30)


class Days:
    """Runs the days one after the other and keeps their reports and the answer key of what was planted.

    `damaged` has the state in which each damaged statement was found when its day was first closed.
    """

    def __init__(self, town: Town, follow_ups: FollowUps, first: date, rate: float, seed: int, teller: Teller) -> None:
        self._town = town
        self._follow_ups = follow_ups
        self._timeline = Timeline(self._set_clocks, self.look_after, follow_ups.rest)
        town.timeline = self._timeline
        self._first = first
        self._last = first
        self._rate = rate
        self._seed = seed
        self._teller = teller
        self._tended_at = clock.now() - timedelta(days=1000)
        self._due: dict[str, datetime] = {}
        self.reports: dict[tuple[str, date], DayReport] = {}
        self.answers: list[Mapping[str, Any]] = []
        self.damaged: dict[Damage, str] = {}
        self._behind: dict[str, list[date]] = {}
        self.signed: list[tuple[str, date]] = []
        self.unsigned: list[str] = []

    @property
    def signed_days(self) -> int:
        """How many of the days that were rehearsed were signed in every region."""
        regions = Counter(day for _, day in self.signed if day <= self._last)
        return sum(count == len(self._town.regions) for count in regions.values())

    async def begin(self) -> None:
        """Sets everybody's clock to the first morning."""
        await self._set_clocks(_at(self._first, 8))

    async def open_day(self, number: int, plans: Sequence[Plan]) -> None:
        """One day from the morning to midnight: the day before is closed, cases come in, payers pay into the night."""
        day = self._last = self._first + timedelta(days=number)
        await self._timeline.run_to(_at(day, 9), step=_NIGHT_STEP)
        for plan in plans:
            self._timeline.begin(_at(day, 9) + timedelta(minutes=plan.minute), self._lived(plan, day))
        await self._timeline.run_to(_at(day, 10), step=_DAY_STEP)
        if number:
            await self.close_and_sign_all(day - timedelta(days=1))
        await self._timeline.run_to(_at(day, 18, 30), step=_DAY_STEP)
        await self._timeline.run_to(_at(day, 22, 46), step=_HOUR)
        await self._timeline.run_to(_at(day, 23, 59))

    async def last_morning(self) -> None:
        """The morning after the last day, on which that is closed and signed; and more, where statements are late."""
        morning = self._last + timedelta(days=1)
        await self._timeline.run_to(_at(morning, 10), step=_NIGHT_STEP)
        await self.close_and_sign_all(self._last)
        for _ in range(CLOSINGS):
            if not self._behind:
                break
            morning += timedelta(days=1)
            await self._timeline.run_to(_at(morning, 10), step=_HOUR)
            await self.close_and_sign_all()

    async def drain(self, days: int) -> None:
        """Nothing new begins: what was begun comes to its end. What that brings is closed and signed as ever.

        A payment of the last night of which nobody told stands in the file of the day after. The last two days are for
        what is found so.
        """
        end, day = clock.now() + timedelta(days=days), self._last + timedelta(days=1)
        while (morning := _at(day + timedelta(days=1), 10)) < end - timedelta(days=1):
            await self._timeline.run_to(morning, step=_HOUR)
            await self.close_and_sign_all(day)
            day += timedelta(days=1)
        await self._timeline.run_to(end, step=_HOUR)
        await self._follow_ups.rest()

    async def close_and_sign_all(self, *days: date) -> None:
        """Closes days in every region, in order: first those whose statements were not all there before."""
        await self._follow_ups.rest()
        for region in self._town.regions:
            due = [*self._behind.pop(region, ()), *days]
            while due and await self._close_and_sign(region, due[0]):
                due.pop(0)
            if due:
                self._behind[region] = due

    async def _close_and_sign(self, region: str, day: date) -> bool:
        """Closes a region's day as often as its statements need, and has it signed; False while one of them is late."""
        if day <= self._last and (region, day) not in self.reports:
            await self._plant(region, day)
        for _ in range(CLOSINGS):
            await self._bring(region, day)
            report = await close_the_day(self._town.house, region, day)
            self._note_damage(report)
            self.reports[region, day] = report
            if report.state == "matched" and not self._is_out_of_balance(report):
                break
        else:
            return False
        try:
            await self._sign(region, day)
        except CannotSign as error:
            self.unsigned.append(f"{day} of {region} cannot be signed: {error.detail}")
        else:
            self.signed.append((region, day))
        await close_named_breaks(self._town, region, day)
        breaks = sum(len(source.breaks) for source in report.sources)
        self._teller.closed(region, day, breaks, signed=(region, day) in self.signed)
        return True

    async def _plant(self, region: str, day: date) -> None:
        self.answers += await plant_rows(self._town, region, day, self._rate, self._seed)
        damaged = await damage_statements(self._town, region, day, self._rate, self._seed)
        self.damaged |= dict.fromkeys(damaged, "")

    def _note_damage(self, report: DayReport) -> None:
        """An empty statement has no row in which it could be cut off: nothing was planted there."""
        sources = {source.source: source for source in report.sources}
        for damage, seen_as in list(self.damaged.items()):
            if (damage.region, damage.day) != (report.region, report.day) or seen_as:
                continue
            found = sources[damage.source]
            if damage.how == "truncated" and found.theirs and not found.theirs.count:
                del self.damaged[damage]
            else:
                is_wrong = damage.how == "balance" and self._is_out_of_balance(report)
                self.damaged[damage] = UNBALANCED if is_wrong else found.file.state

    def _is_out_of_balance(self, report: DayReport) -> bool:
        """Whether a bank's balances are wrong that were planted so: its day waits until the bank gives them again."""
        planted = ((one.region, one.day) for one in self.damaged if one.how == "balance")
        return (report.region, report.day) in planted and not all(one.holds for one in report.equations)

    async def _bring(self, region: str, day: date) -> None:
        """A finance officer brings the statements that no institution hands out by itself."""
        for one in self._town.house.sources[region]:
            if isinstance(one, Filed) and one.folder is None and (raw := await self._town.desk.bill(region, day)):
                file = RawStatement(f"bill-{region}-{day}.csv", raw)
                async with self._town.office.database.begin() as db:
                    await bring(db, region, one.source, day, file, actor=ASKS.name)

    async def _sign(self, region: str, day: date) -> None:
        """One prepares, another signs."""
        book = self._town.house.book
        async with self._town.office.database.begin() as db:
            await prepare_day(db, region, day, book, actor=ASKS.name, remark="差错已逐笔立案")
        async with self._town.office.database.begin() as db:
            await sign_day(db, region, day, book, actor=DECIDES.name)

    async def look_after(self) -> None:
        """What the job queue does by the clock, and, each hour, what waits for a person."""
        for name, sweep in SWEEPS.items():
            now = clock.now()
            if now >= self._due.get(name, now):
                self._due[name] = now + timedelta(minutes=sweep.minutes)
                await self._town.may(sweep.act(self._town.office))
        for region in self._town.regions:
            await self._town.may(match_running_days(self._town.house, region))
        if clock.now() - self._tended_at >= _HOUR:
            self._tended_at = clock.now()
            await tend_cases(self._town)
        await self._teller.step(self._town)

    async def _set_clocks(self, moment: datetime) -> None:
        step = moment - clock.now()
        await self._town.desk.set_clock(moment)
        clock.travel(moment)
        await self._follow_ups.go_on(timedelta(seconds=step.total_seconds()))

    async def _lived(self, plan: Plan, day: date) -> None:
        try:
            await live(self._town, plan, day)
        except Exception as error:
            error.add_note(f"in the life of case {plan.number} ({plan.kind}, {plan.turn}) in {plan.region} on {day}")
            raise


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return pendulum.datetime(day.year, day.month, day.day, hour, minute, tz=clock.CHINA)
