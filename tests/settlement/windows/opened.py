"""Windows for tests, opened as two administrators do."""

from typing import Any

from api.wiring import House
from foundation import clock
from settlement.office import Actor
from settlement.windows.deciding import approve_window, propose_window
from settlement.windows.window import WindowContent

BANK = "91110000MA0000000H"


async def opened(house: House, code: str, region: str = "341502", **content: Any) -> Actor:
    """Opens a window from today on; somebody who sits there."""
    given = WindowContent(**{"name": code, **content})
    ada, bea = (Actor(name, "administrator") for name in ("ada", "bea"))
    async with house.office.database.begin() as db:
        proposed = await propose_window(
            db, house.office.region(region), code, given, (clock.today(), None), ada, "签约"
        )
        await approve_window(db, house.office.region(region), proposed, bea)
    return Actor(f"at-{code}", "clerk" if given.kind == "registry" else "partner", code)
