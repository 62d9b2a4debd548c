"""The institutions' own counters, where a person gives money back: 退库, 退付, and the acquirer by hand."""

from typing import Annotated

from pydantic import Field

from adapters.simulator.faults import Source
from adapters.simulator.records import HandBack
from adapters.simulator.refusal import Message, Refusal
from adapters.simulator.world import World


class HandBackRequest(Message):
    """What to give back: some fen of what arrived by a tax voucher, or by a pay code for an item, or of a payment."""

    source: Annotated[Source, Field(strict=False)]
    key: str
    amount_fen: Annotated[int, Field(gt=0)]
    item: str | None = None


class Counter:
    """Gives back what is there, and not more. The number that it answers is that of the paper."""

    def __init__(self, world: World) -> None:
        self._world = world

    def hand_back(self, wanted: HandBackRequest) -> HandBack:
        """Refusal 404 for a key that is not known here, 409 where so much is not there."""
        region, there = self._there(wanted)
        gone = sum(one.amount_fen for one in self._world.hand_backs.values() if one.key == wanted.key)
        if wanted.amount_fen > there - gone:
            raise Refusal(409, "not_there", f"amount_fen: of {wanted.key} there are {there - gone} fen")
        if wanted.source is Source.channel:
            self._take_from_receivers(wanted)
        now = self._world.clock.now()
        reference = f"TH{now:%Y%m%d}{self._world.serial():010d}"
        on = self._world.work_date(now) if wanted.source is Source.treasury else now.date()
        given = HandBack(reference, wanted.source.value, region, wanted.key, wanted.amount_fen, on, wanted.item)
        self._world.hand_backs[reference] = given
        return given

    def _there(self, wanted: HandBackRequest) -> tuple[str, int]:
        """The region, and the fen that have arrived under a key, or were paid under it."""
        world = self._world
        match wanted.source:
            case Source.treasury:
                vouchers = (one for one in world.vouchers.values() if one.tax_voucher_no == wanted.key)
                for voucher in vouchers:
                    return voucher.region, voucher.amount_fen if world.arrived_on(voucher) else 0
            case Source.non_tax:
                if code := world.pay_codes.get(wanted.key):
                    return code.region, code.amount_fen if world.arrived_on(code) else 0
            case Source.channel:
                if order := world.by_query_id.get(wanted.key):
                    region = world.region_of_merchant(order.merchant)
                    left = sum(world.left(wanted.key, part.receiver) for part in order.parts)
                    gone = sum(one.amount_fen for one in world.hand_backs.values() if one.key == wanted.key)
                    return region.region if region else "", left + gone
        raise Refusal(404, "unknown_key", f"key: {wanted.key} is not known to {wanted.source.value}")

    def _take_from_receivers(self, wanted: HandBackRequest) -> None:
        """By hand the acquirer takes the money wherever it still is."""
        missing = wanted.amount_fen
        for part in self._world.by_query_id[wanted.key].parts:
            taken = min(missing, self._world.left(wanted.key, part.receiver))
            self._world.returned[wanted.key, part.receiver] += taken
            missing -= taken
