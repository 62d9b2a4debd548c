"""The control desk: sets the clock, pays without a browser, and tells the truth. Only for callers on this machine."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.simulator.breaks import Breaks
from adapters.simulator.cashier import Cashier
from adapters.simulator.clock import CHINA
from adapters.simulator.counter import Counter, HandBackRequest
from adapters.simulator.faults import (
    DeskFault,
    Fault,
    LegFault,
    OrderFault,
    PlantedBreak,
    PlantedBreaks,
    RandomFaults,
    Source,
    StatementFault,
    TaxAmountFault,
)
from adapters.simulator.refusal import Message, Refusal, read
from adapters.simulator.scripts import Scripts
from adapters.simulator.truth import truth
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import NotPayable, World


class ClockSetting(Message):
    now: Annotated[datetime, Field(strict=False)]


class PayRequest(Message):
    order_id: str


class Control:
    """What a test or a demonstration does that no institution would."""

    def __init__(
        self,
        world: World,
        cashier: Cashier,
        faults: Faults,
        scripts: Scripts,
        breaks: Mapping[Source, Breaks[Any]],
    ) -> None:
        self._world = world
        self._cashier = cashier
        self._faults = faults
        self._scripts = scripts
        self._breaks = breaks

    def routes(self) -> list[Route]:
        return [
            Route("/control/clock", local(self._clock), methods=["POST"]),
            Route("/control/truth", local(self._truth), methods=["GET"]),
            Route("/control/payments", local(self._pay), methods=["POST"]),
            Route("/control/hand-backs", local(self._hand_back), methods=["POST"]),
            Route("/control/faults", local(self._fault), methods=["POST"]),
            Route("/control/faults", local(self._planned), methods=["GET"]),
            Route("/control/faults", local(self._well), methods=["DELETE"]),
            Route("/control/calm", local(self._calm), methods=["POST"]),
        ]

    async def _truth(self, _: bytes) -> Any:
        return truth(self._world)

    async def _clock(self, body: bytes) -> Any:
        to = read(ClockSetting, body).now
        if to.tzinfo is None:
            raise Refusal(422, "invalid_field", "now: an offset is needed, such as 2026-07-15T09:00:00+08:00")
        self._world.clock.set(to)
        return {"now": self._world.clock.now().isoformat()}

    async def _pay(self, body: bytes) -> Any:
        sent = read(PayRequest, body)
        order = self._world.by_order_id.get(sent.order_id)
        if order is None:
            raise Refusal(404, "unknown_order", f"order_id: {sent.order_id} was never started")
        try:
            await self._cashier.pay(order)
        except NotPayable as error:
            raise Refusal(409, "not_payable", str(error)) from None
        payment = order.payments[0]
        return {"query_id": payment.query_id, "paid_at": payment.at.astimezone(CHINA).isoformat()}

    async def _hand_back(self, body: bytes) -> Any:
        given = Counter(self._world).hand_back(read(HandBackRequest, body))
        return asdict(given) | {"on": given.on.isoformat()}

    async def _fault(self, body: bytes) -> Any:
        fault = read(Fault, body).root
        match fault:
            case OrderFault():
                self._faults.add(fault)
            case RandomFaults():
                self._scripts.draw(fault)
            case DeskFault():
                self._faults.of_desks.append(fault)
            case TaxAmountFault():
                self._faults.tax_amounts[fault.case_number, fault.item] = fault.amount_fen
            case LegFault():
                self._faults.of_legs.append(fault)
            case StatementFault():
                self._faults.add_statement(fault)
            case PlantedBreak():
                return {"answer": asdict(self._breaks[fault.source].plant(fault, self._world.serial()))}
            case PlantedBreaks():
                answers = self._breaks[fault.source].plant_some(fault, self._world.serial)
                return {"answers": [asdict(answer) for answer in answers]}
        return {"planned": fault.model_dump(mode="json")}

    async def _planned(self, _: bytes) -> Any:
        answers = [asdict(answer) for each in self._breaks.values() for answer in each.answers]
        return {
            "answers": answers,
            "of_orders": [each.model_dump() for each in self._faults.of_orders],
            "of_legs": [each.model_dump() for each in self._faults.of_legs],
        }

    async def _calm(self, body: bytes) -> Any:
        """Nothing goes wrong from here on. Statements stay as planted: what one leaves for the next day still comes."""
        self._faults.clear()
        self._scripts.draw(None)
        for order in self._world.orders.values():
            order.is_withheld = False
        for debt in (*self._world.vouchers.values(), *self._world.pay_codes.values()):
            debt.is_stuck = debt.is_untold = False
        return await self._planned(body)

    async def _well(self, body: bytes) -> Any:
        for each in self._breaks.values():
            each.clear()
        return await self._calm(body)


def local(handle: Callable[[bytes], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    """Answers callers on this machine only. Posts must say they are JSON, which a strange web page cannot."""

    async def endpoint(request: Request) -> Response:
        try:
            check_caller(request)
            if request.method == "POST" and "application/json" not in request.headers.get("content-type", ""):
                raise Refusal(415, "not_json", "content-type: must be application/json")
            return JSONResponse(await handle(await request.body()))
        except Refusal as refusal:
            return refused(refusal)

    return endpoint


def check_caller(request: Request) -> None:
    """Refusal 403 for a caller on another machine."""
    if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
        raise Refusal(403, "not_local", "the control desk answers this machine only")


def refused(refusal: Refusal) -> Response:
    """A refusal as JSON."""
    return JSONResponse({"code": refusal.code, "message": refusal.message}, refusal.status)
