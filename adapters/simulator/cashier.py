"""The page on which a person pays an order, or turns back."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.simulator.acp_server import notification_fields
from adapters.simulator.acp_wire import sign
from adapters.simulator.certificates import Keys
from adapters.simulator.pages import page
from adapters.simulator.world import NotPayable, Order, World


class Cashier:
    """UnionPay's cashier. `tell` is called with each order at the moment it is paid."""

    def __init__(self, world: World, keys: Keys, tell: Callable[[Order], None]) -> None:
        self._world = world
        self._keys = keys
        self._tell = tell

    def routes(self) -> list[Route]:
        return [
            Route("/cashier/{token}", self._show, methods=["GET"]),
            Route("/cashier/{token}/pay", self._pay, methods=["POST"]),
            Route("/cashier/{token}/cancel", self._cancel, methods=["POST"]),
        ]

    def pay(self, order: Order) -> None:
        """Pays an order and has its merchant told. NotPayable after its time."""
        is_new = order.payment is None
        self._world.pay(order)
        if is_new:
            self._tell(order)

    async def _show(self, request: Request) -> Response:
        order = self._order(request)
        if order is None:
            return _unknown()
        if order.payment is not None:
            return self._back(order, "00")
        region = self._world.region_of_merchant(order.merchant)
        names = region.receivers if region else {}
        receivers = [(names.get(part.receiver, "商户"), part.amount_fen) for part in order.parts]
        is_open = self._world.clock.now() <= order.pay_until
        return page("cashier.html", order=order, receivers=receivers, is_open=is_open)

    async def _pay(self, request: Request) -> Response:
        order = self._order(request)
        if order is None:
            return _unknown()
        try:
            self.pay(order)
        except NotPayable as error:
            return page("refused.html", 409, code="42", text=str(error))
        return self._back(order, "00")

    async def _cancel(self, request: Request) -> Response:
        order = self._order(request)
        if order is None:
            return _unknown()
        return self._back(order, "01" if order.payment is None else "00")

    def _order(self, request: Request) -> Order | None:
        return self._world.by_token.get(request.path_params["token"])

    def _back(self, order: Order, code: str) -> Response:
        """Takes the browser back to the merchant by a form that posts itself; proof of nothing, though signed."""
        to = (
            order.fields["frontUrl"]
            if code == "00"
            else order.fields.get("frontFailUrl", order.fields["frontUrl"])
        )
        fields = sign(notification_fields(order, code), self._keys.signer)
        return page("back.html", to=to, fields=fields, is_paid=code == "00", amount_fen=order.amount_fen)


def _unknown() -> Response:
    return page("refused.html", 404, code="34", text="没有这张订单")
