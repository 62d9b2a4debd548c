"""The page on which a person pays an order, or turns back."""

from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.simulator.aside import Aside
from adapters.simulator.faults import PaymentFault
from adapters.simulator.notifications import Notifier
from adapters.simulator.pages import page
from adapters.simulator.records import Order
from adapters.simulator.voices import Voice
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import NotPayable, World


class Cashier:
    """UnionPay's cashier."""

    def __init__(
        self, world: World, voices: Mapping[str, Voice], faults: Faults, notifier: Notifier, aside: Aside
    ) -> None:
        self._world = world
        self._voices = voices
        self._faults = faults
        self._notifier = notifier
        self._aside = aside

    def routes(self) -> list[Route]:
        return [
            Route("/cashier/{token}", self._show, methods=["GET"]),
            Route("/cashier/{token}/pay", self._pay, methods=["POST"]),
            Route("/cashier/{token}/cancel", self._cancel, methods=["POST"]),
        ]

    async def pay(self, order: Order) -> None:
        """Pays an order, if it is not paid yet, and has its merchant told. NotPayable after its time."""
        if order.payment is not None:
            return
        fault = self._faults.take(PaymentFault, order.order_id)
        how = fault.how if fault else None
        self._world.pay(order, late=how == "late")
        order.is_withheld = order.was_withheld = how == "withheld"
        if how == "twice":
            self._world.take_money(order)
        for payment in order.payments:
            await self._notifier.tell(order, payment)

    async def _show(self, request: Request) -> Response:
        order = self._order(request)
        if order is None:
            return _unknown()
        if order.payment is not None:
            return await self._back(order)
        region = self._world.region_of_merchant(order.merchant)
        names = region.receivers if region else {}
        receivers = [(names.get(part.receiver, "商户"), part.amount_fen) for part in order.parts]
        is_open = self._world.clock.now() <= order.pay_until and not order.is_closed
        return page("cashier.html", order=order, receivers=receivers, is_open=is_open)

    async def _pay(self, request: Request) -> Response:
        order = self._order(request)
        if order is None:
            return _unknown()
        try:
            await self.pay(order)
        except NotPayable as error:
            return page("refused.html", 409, code="42", text=str(error))
        return await self._back(order)

    async def _cancel(self, request: Request) -> Response:
        order = self._order(request)
        return await self._back(order) if order is not None else _unknown()

    def _order(self, request: Request) -> Order | None:
        return self._world.by_token.get(request.path_params["token"])

    async def _back(self, order: Order) -> Response:
        """Takes the browser back to the merchant by a form that posts itself; proof of nothing, though signed."""
        is_paid = order.payment is not None
        to = order.fields.get("frontUrl")
        if not is_paid:
            to = order.fields.get("frontFailUrl", to)
        voice = self._voices[order.channel]
        fields = await self._aside.make(partial(voice.brings_back, order)) if to else {}
        return page("back.html", to=to, fields=fields, is_paid=is_paid, amount_fen=order.amount_fen)


def _unknown() -> Response:
    return page("refused.html", 404, code="34", text="没有这张订单")
