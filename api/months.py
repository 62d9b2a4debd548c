"""Which month statements somebody sees: a region's, or those of the institution whose window they sit at."""

from uuid import UUID

from api.access import own_region
from api.people import Person
from foundation.errors import NotAllowed
from settlement.months.reading import MonthStatement, MonthSummary, list_months, read_month
from settlement.office import Office
from settlement.windows.reading import open_window


async def months_of(office: Office, who: Person) -> list[MonthSummary]:
    """The newest statements; none for an agent that acts for others."""
    identity = await _only_identity(office, who)
    return [] if identity == "" else await list_months(office, who.region, identity)


async def own_month(office: Office, who: Person, statement_id: UUID) -> MonthStatement:
    """A statement of one's own region, and a partner's of their own institution. NotFound or NotAllowed."""
    found = await read_month(office, statement_id)
    own_region(who, found.head.region)
    if await _only_identity(office, who) not in (None, found.head.identity):
        raise NotAllowed("这不是本机构的月结单。This statement is of another institution.")
    return found


async def _only_identity(office: Office, who: Person) -> str | None:
    """The one credit code whose statements a partner sees, empty where their window has none; None: all."""
    if who.only_window is None:
        return None
    async with office.database.connect() as db:
        return (await open_window(db, who.region, who.only_window)).identity or ""
