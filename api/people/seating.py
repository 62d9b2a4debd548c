"""At which window somebody may sit: partners at one of a bank or an agent, clerks at one of the registry or at none."""

from sqlalchemy.ext.asyncio import AsyncConnection

from api.people.standing import Person
from foundation.errors import BadInput
from settlement.windows.reading import known_kind


async def check_seat(db: AsyncConnection, who: Person) -> None:
    """BadInput where the window does not go with the role."""
    if who.role not in ("clerk", "partner"):
        if who.window is not None:
            raise BadInput("window", who.window, f"none, for a {who.role}")
        return
    if who.window is None:
        if who.role == "partner":
            raise BadInput("window", None, "the code of a bank's or an agent's window, for a partner")
        return
    allowed = ("registry",) if who.role == "clerk" else ("bank", "agent")
    if await known_kind(db, who.region, who.window) not in allowed:
        raise BadInput("window", who.window, f"a window of the kind {' or '.join(allowed)} of {who.region}")
