"""Which kinds of business somebody may take in: those that the region collects, and their window was let."""

from fastapi import Request

from api.people import Person
from settlement.kinds import DEFAULT, BusinessKind, business_kinds
from settlement.office import Office
from settlement.windows.reading import open_window


async def kinds_of(request: Request, who: Person) -> list[BusinessKind]:
    """In the order in which the window offers them. NotAllowed where the window is closed."""
    office: Office = request.app.state.office
    region = office.region(who.region)
    offered = [one for one in business_kinds().values() if one.offered(region)]
    if who.window is None:
        return offered
    async with office.database.connect() as db:
        window = await open_window(db, who.region, who.window)
    return [one for one in offered if window.may(one.kind)]


async def first_kind(request: Request, who: Person) -> str:
    """The kind of an empty form: the usual one, or the first that the window may take in."""
    codes = [one.kind for one in await kinds_of(request, who)]
    return DEFAULT if DEFAULT in codes else codes[0]
