"""ChinaUMS over the open platform and the older interface, and the address that its codes open."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from adapters.simulator.certificates import Keys
from adapters.simulator.notifications import Notifier
from adapters.simulator.pages import page
from adapters.simulator.scripts import Scripts
from adapters.simulator.setup import RegionSetup
from adapters.simulator.ums_bills import UmsBills
from adapters.simulator.ums_messages import MESSAGE_TYPES, OPERATIONS, read
from adapters.simulator.ums_wire import Door, UmsRefusal, dashed
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

LetIn = Callable[[Mapping[str, Any]], tuple[RegionSetup, str]]


class Ums:
    """Lets in who signed, and hands on what is well formed."""

    def __init__(self, world: World, keys: Keys, faults: Faults, scripts: Scripts, notifier: Notifier) -> None:
        self._world = world
        self._bills = UmsBills(world, faults, scripts, notifier)
        self._door = Door(keys.ums_app_keys, keys.ums_communication_keys)
        self._regions = {each.region: each for each in world.setup.regions if each.ums}

    def routes(self) -> list[Route]:
        return [
            Route("/v1/netpay/bills/{operation}", self._platform, methods=["POST"]),
            Route("/netpay-route-server/api/", self._route_server, methods=["POST"]),
            Route("/bills/qrCode.do", self._scanned, methods=["GET"]),
        ]

    async def _platform(self, request: Request) -> Response:
        body = await request.body()
        operation = request.path_params["operation"]

        def let_in(_: Mapping[str, Any]) -> tuple[RegionSetup, str]:
            header = request.headers.get("authorization", "")
            return self._door.check_header(header, body, self._regions, self._world.clock.now()), operation

        return await self._answered(request, body, let_in)

    async def _route_server(self, request: Request) -> Response:
        def let_in(content: Mapping[str, Any]) -> tuple[RegionSetup, str]:
            region = self._door.check_body(content, self._regions)
            return region, MESSAGE_TYPES.get(str(content.get("msgType")), "")

        return await self._answered(request, await request.body(), let_in)

    async def _scanned(self, request: Request) -> Response:
        order = self._bills.behind(request.query_params.get("id", ""))
        if order is None:
            return page("refused.html", 404, code="NO_ORDER", text="没有这个二维码")
        return RedirectResponse(f"/cashier/{order.token}", status_code=303)

    async def _answered(self, request: Request, body: bytes, let_in: LetIn) -> Response:
        address = str(request.base_url).rstrip("/")
        try:
            content = _object(body)
            region, operation = let_in(content)
            if operation not in OPERATIONS:
                raise UmsRefusal("NO_SERVICE", f"没有接口 {operation}", 404)
            sent = read(OPERATIONS[operation], content)
            if region.ums is None or (sent.mid, sent.tid, sent.instMid) != (
                region.merchant,
                region.ums.terminal,
                region.ums.product,
            ):
                raise UmsRefusal("NO_MERCHANT", "mid、tid 或 instMid 不是该商户的", 400)
            answer = await self._bills.handle(sent, region, address)
        except UmsRefusal as refusal:
            return JSONResponse({"errCode": refusal.code, "errMsg": refusal.text}, refusal.status)
        return JSONResponse(
            {"errCode": "SUCCESS", "errMsg": "", "responseTimestamp": dashed(self._world.clock.now()), **answer}
        )


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise UmsRefusal("BAD_REQUEST", "报文不是 JSON 对象", 400)
    return content
