"""The control desk's say over money that was taken: a voucher's subject corrected, a voucher or pay code sent back."""

from typing import Any

from starlette.routing import Route

from adapters.simulator.cnnontax import Cnnontax
from adapters.simulator.control import local
from adapters.simulator.records import PayCode, Voucher
from adapters.simulator.refusal import Message, Refusal, read
from adapters.simulator.setup import RegionSetup
from adapters.simulator.taxes import Taxes


class Number(Message):
    """A levy number or a pay code."""

    number: str


class Listening(Message):
    """Where a region's unit takes 5996."""

    region: str
    host: str
    port: int


def legs_routes(taxes: Taxes, cnnontax: Cnnontax) -> list[Route]:
    """更正 and 退回 on request, and where a region's unit listens for what finance pushes."""
    world = taxes.world

    def region_of(debt: Voucher | PayCode) -> RegionSetup:
        return next(each for each in world.setup.regions if each.region == debt.region)

    async def correct(body: bytes) -> Any:
        number = read(Number, body).number
        if number not in world.vouchers:
            raise Refusal(404, "unknown_voucher", f"number: {number} is no levy number")
        taxes.correct(world.vouchers[number])
        return {"budget_subject": world.vouchers[number].subject}

    async def send_back(body: bytes) -> Any:
        number = read(Number, body).number
        debt = world.vouchers.get(number) or world.pay_codes.get(number)
        if debt is None or debt.received_at is None:
            raise Refusal(409, "nothing_came", f"number: nothing came for {number}")
        region = region_of(debt)
        world.send_back(debt, region.treasury_receiver if isinstance(debt, Voucher) else region.non_tax_receiver)
        return {"sent_back_no": debt.sent_back_no}

    async def listen(body: bytes) -> Any:
        where = read(Listening, body)
        cnnontax.push_to[where.region] = (where.host, where.port)
        return {"pushed": cnnontax.pushed}

    return [
        Route("/control/pushes", local(listen), methods=["POST"]),
        Route("/control/corrections", local(correct), methods=["POST"]),
        Route("/control/returns", local(send_back), methods=["POST"]),
    ]
