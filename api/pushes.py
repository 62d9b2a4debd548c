"""Opens the doors at which institutions push by themselves, for every region whose configuration names one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from adapters.non_tax.cnnontax.listener import Heard, Listener
from foundation.errors import HeyiError
from settlement.allocation.pushed_fees import hear_fee
from settlement.exchanges.pushes import Pushed, refuse
from settlement.office import Office
from settlement.ports.pushes import FeeArrived
from settlement.regions import Region


@asynccontextmanager
async def listening_for_pushes(office: Office) -> AsyncIterator[None]:
    """Listens until the block ends."""
    async with AsyncExitStack() as doors:
        for region in office.regions.values():
            line = region.non_tax.cnnontax
            if line is not None and line.push is not None:
                door = fee_listener(office, region)
                await doors.enter_async_context(door.listening(line.push.host, line.push.port))
        yield


def fee_listener(office: Office, region: Region) -> Listener:
    """The listener of a region for finance's confirmations."""
    line = region.non_tax.cnnontax
    assert line is not None
    return Listener(region.region, region.non_tax, line, _heard_by(office, region.region))


def _heard_by(office: Office, region: str) -> Heard:
    async def heard(frame: bytes, source: str, said: FeeArrived | HeyiError) -> bool:
        key = None if isinstance(said, HeyiError) else f"{said.pay_code}:{said.confirmation_no}"
        one = Pushed(region, "cnnontax", "5996", source, frame, key)
        outcome = await refuse(office, one, said) if isinstance(said, HeyiError) else await hear_fee(office, one, said)
        return outcome.is_good

    return heard
