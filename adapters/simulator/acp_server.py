"""UnionPay's gateway and file host, as a merchant meets them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta

from cryptography import x509
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.simulator import acp_fields, settlement_file
from adapters.simulator.acp_wire import MESSAGES, AcpRefusal, raw_line, read_form, sign, verify
from adapters.simulator.breaks import Breaks
from adapters.simulator.certificates import Keys
from adapters.simulator.clock import CHINA
from adapters.simulator.faults import Faults, Source, truncated
from adapters.simulator.pages import page
from adapters.simulator.world import Order, World

_ECHOED = (
    "version",
    "encoding",
    "txnType",
    "txnSubType",
    "bizType",
    "accessType",
    "merId",
    "orderId",
    "txnTime",
)
_ORDER_ECHOED = (*_ECHOED, "channelType", "currencyCode", "txnAmt", "reqReserved")


class AcpGateway:
    """Takes orders, answers queries, hands out settlement files."""

    def __init__(self, world: World, keys: Keys, faults: Faults) -> None:
        self._world = world
        self._keys = keys
        self._faults = faults
        self.breaks = Breaks(self._cleared)

    def routes(self) -> list[Route]:
        return [
            Route("/gateway/api/frontTransReq.do", self._front, methods=["POST"]),
            Route("/gateway/api/queryTrans.do", self._answered(self._query), methods=["POST"]),
            Route("/", self._answered(self._file), methods=["POST"]),
        ]

    async def _front(self, request: Request) -> Response:
        try:
            fields = self._received(await request.body(), acp_fields.ORDER, acp_fields.ORDER_OPTIONAL)
            order = self._taken(fields)
        except AcpRefusal as refusal:
            return page("refused.html", refusal.status, code=refusal.code, text=refusal.text)
        return RedirectResponse(f"/cashier/{order.token}", status_code=303)

    def _taken(self, fields: dict[str, str]) -> Order:
        """The order of a front request. The payer's browser may post the very same unpaid order again."""
        known = self._world.find_order(fields["merId"], fields["orderId"], fields["txnTime"])
        if known is not None:
            if known.payment is not None or dict(known.fields) != fields:
                raise AcpRefusal("12", "重复交易[2010002]")
            return known
        acp_fields.check_now(fields, self._world.clock.now())
        region = self._world.region_of_merchant(fields["merId"])
        parts = acp_fields.split(fields, region.receivers if region else {})
        started = acp_fields.time(fields["txnTime"], "txnTime")
        until = (
            acp_fields.time(fields["payTimeout"], "payTimeout")
            if "payTimeout" in fields
            else started + timedelta(1)
        )
        if until <= self._world.clock.now():
            raise AcpRefusal("10", "报文格式错误[6100030]: payTimeout 已过")
        return self._world.open_order(fields, parts, until)

    def _query(self, body: bytes) -> Mapping[str, str]:
        fields = self._received(body, acp_fields.QUERY, acp_fields.QUERY_OPTIONAL)
        echo = {name: fields[name] for name in _ECHOED}
        order = self._world.find_order(fields["merId"], fields["orderId"], fields["txnTime"])
        if order is None or fields["bizType"] != order.fields["bizType"]:
            return echo | _result("34")
        if order.payment is not None:
            return echo | paid_fields(order) | _result("00") | _result("00", "origResp")
        still_open = self._world.clock.now() <= order.pay_until
        return echo | _result("00") | _result("05" if still_open else "34", "origResp")

    def _file(self, body: bytes) -> Mapping[str, str]:
        fields = self._received(body, acp_fields.FILE, acp_fields.FILE_OPTIONAL)
        echo = {name: fields[name] for name in _ECHOED if name in fields} | {
            "settleDate": fields["settleDate"]
        }
        day = _last_day_of(fields["settleDate"], self._world.clock.today())
        region = self._world.region_of_merchant(fields["merId"])
        if day is None or region is None or self._world.clock.now() < self._ready_at(day):
            return echo | _result("98")
        fault = self._faults.take_statement(Source.channel, region.region, day)
        if fault == "missing":
            return echo | _result("98")
        shape = self._world.setup.behaviour.settlement_lines
        lines = settlement_file.lines(self.breaks.shown(region.region, day), region.receivers, shape)
        file = settlement_file.packed(
            region.merchant, day, truncated(lines) if fault == "truncated" else lines
        )
        return echo | _result("00") | {"fileType": "00", "fileName": file.name, "fileContent": file.content}

    def _cleared(self, region: str, day: date) -> list[settlement_file.Cleared]:
        merchant = next((each.merchant for each in self._world.setup.regions if each.region == region), "")
        return settlement_file.cleared(self._world, merchant, day)

    def _ready_at(self, day: date) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
        return midnight + timedelta(days=1, hours=self._world.setup.behaviour.file_hour)

    def _received(
        self, body: bytes, required: Mapping[str, str], optional: Mapping[str, str]
    ) -> dict[str, str]:
        fields = read_form(body)
        verify(fields, self._merchant(fields.get("merId", "")))
        acp_fields.check(fields, required, optional)
        return fields

    def _merchant(self, number: str) -> x509.Certificate:
        if number not in self._keys.merchants:
            raise AcpRefusal("31", f"商户状态不正确[3100000]: 没有商户 {number}")
        return self._keys.merchants[number]

    def _answered(
        self, handle: Callable[[bytes], Mapping[str, str]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            status = 200
            try:
                fields = handle(await request.body())
            except AcpRefusal as refusal:
                status = refusal.status
                fields = {
                    "version": "5.1.0",
                    "encoding": "UTF-8",
                    "respCode": refusal.code,
                    "respMsg": refusal.text,
                }
            content = raw_line(sign(fields, self._keys.signer))
            return Response(content, status, media_type="text/plain; charset=utf-8")

        return answer


def paid_fields(order: Order) -> dict[str, str]:
    """What a query answer and a notification say of a payment."""
    payment = order.payment
    if payment is None:
        raise ValueError(f"order {order.order_id} is not paid")
    return {name: order.fields[name] for name in _ORDER_ECHOED if name in order.fields} | {
        "queryId": payment.query_id,
        "traceNo": payment.trace_no,
        "traceTime": f"{payment.paid_at:%m%d%H%M%S}",
        "settleDate": f"{payment.clearing_day:%m%d}",
        "settleAmt": order.fields["txnAmt"],
        "settleCurrencyCode": "156",
        "payCardType": "01",
        "accNo": "6216***********0001",
    }


def notification_fields(order: Order, code: str = "00") -> dict[str, str]:
    """A notification before it is signed: of a payment, or, for the browser only, that the payer turned back."""
    body = (
        paid_fields(order)
        if code == "00"
        else {n: order.fields[n] for n in _ORDER_ECHOED if n in order.fields}
    )
    return body | _result(code)


def _result(code: str, prefix: str = "resp") -> dict[str, str]:
    return {f"{prefix}Code": code, f"{prefix}Msg": MESSAGES[code]}


def _last_day_of(month_and_day: str, today: date) -> date | None:
    """The latest day of a MMDD that is not after tomorrow; settleDate carries no year."""
    for year in (today.year + 1, today.year, today.year - 1):
        try:
            day = date(year, int(month_and_day[:2]), int(month_and_day[2:]))
        except ValueError:
            continue
        if day <= today + timedelta(days=1):
            return day
    return None
