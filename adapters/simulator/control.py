"""The control desk: sets the clock, pays without a browser, and tells the truth. Only for callers on this machine."""

import ipaddress
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.simulator.cashier import Cashier
from adapters.simulator.clock import CHINA
from adapters.simulator.refusal import Message, Refusal, read
from adapters.simulator.tax_office import TaxOffice
from adapters.simulator.truth import truth
from adapters.simulator.world import NotPayable, World


class ClockSetting(Message):
    now: Annotated[datetime, Field(strict=False)]


class PayRequest(Message):
    order_id: str


class TaxAmount(Message):
    case_number: str
    item: str
    amount_fen: Annotated[int, Field(gt=0)]


class Control:
    """What a test or a demonstration does that no institution would."""

    def __init__(self, world: World, tax_office: TaxOffice, cashier: Cashier) -> None:
        self._world = world
        self._tax_office = tax_office
        self._cashier = cashier

    def routes(self) -> list[Route]:
        return [
            Route("/control/clock", _local(self._clock), methods=["POST"]),
            Route("/control/truth", _local(lambda _: truth(self._world)), methods=["GET"]),
            Route("/control/payments", _local(self._pay), methods=["POST"]),
            Route("/control/tax-amounts", _local(self._tax_amount), methods=["POST"]),
        ]

    def _clock(self, body: bytes) -> Any:
        to = read(ClockSetting, body).now
        if to.tzinfo is None:
            raise Refusal(422, "invalid_field", "now: an offset is needed, such as 2026-07-15T09:00:00+08:00")
        self._world.clock.set(to)
        return {"now": self._world.clock.now().isoformat()}

    def _pay(self, body: bytes) -> Any:
        sent = read(PayRequest, body)
        found = [each for each in self._world.orders.values() if each.order_id == sent.order_id]
        if not found:
            raise Refusal(404, "unknown_order", f"order_id: {sent.order_id} was never started")
        try:
            self._cashier.pay(found[-1])
        except NotPayable as error:
            raise Refusal(409, "not_payable", str(error)) from None
        payment = self._world.pay(found[-1])
        return {"query_id": payment.query_id, "paid_at": payment.paid_at.astimezone(CHINA).isoformat()}

    def _tax_amount(self, body: bytes) -> Any:
        sent = read(TaxAmount, body)
        self._tax_office.amounts[sent.case_number, sent.item] = sent.amount_fen
        return sent.model_dump()


def _local(handle: Callable[[bytes], Any]) -> Callable[[Request], Awaitable[Response]]:
    """Answers callers on this machine only. Posts must say they are JSON, which a strange web page cannot."""

    async def endpoint(request: Request) -> Response:
        try:
            if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
                raise Refusal(403, "not_local", "the control desk answers this machine only")
            if request.method == "POST" and "application/json" not in request.headers.get("content-type", ""):
                raise Refusal(415, "not_json", "content-type: must be application/json")
            return JSONResponse(handle(await request.body()))
        except Refusal as refusal:
            return JSONResponse({"code": refusal.code, "message": refusal.message}, refusal.status)

    return endpoint
