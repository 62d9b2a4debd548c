"""A clearing day of the past, so that its evening and the statements of the next morning can come."""

from datetime import date

from api.wiring import House
from foundation import clock
from reconciliation.days import close_day
from reconciliation.report import DayReport
from tests.played import Played

REGION = "341502"


def noon_of_a_past_day(played: Played, days_ago: int = 3) -> date:
    """Sets the clocks to noon so many days ago; that day."""
    noon = clock.local_now().subtract(days=days_ago).replace(hour=12, minute=0, second=0)
    played.set_clocks(noon)
    return noon.date()


def noon_of_a_past_monday(played: Played) -> date:
    """Sets everybody's clock to noon of a Monday of the past, from which the next days are workdays."""
    return noon_of_a_past_day(played, 9 + clock.local_now().subtract(days=9).isoweekday() - 1)


def morning_after(played: Played, day: date) -> None:
    """Sets the clocks to ten o'clock on the day after, when its statements are there."""
    played.set_clocks(clock.local_now().replace(year=day.year, month=day.month, day=day.day, hour=10).add(days=1))


async def closed(house: House, played: Played, day: date) -> DayReport:
    """The day closed on the next morning."""
    morning_after(played, day)
    return await close_day(house.office.database, REGION, day, house.sources[REGION], house.book)
