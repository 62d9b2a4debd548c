"""QRA: codes, queries, closing, refunds. Each receiver of a region is a merchant of its own."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.simulator import qra_messages
from adapters.simulator.cashier import Cashier
from adapters.simulator.certificates import Keys
from adapters.simulator.clock import CHINA
from adapters.simulator.faults import QueryFault, RefundFault
from adapters.simulator.qra_voice import paid
from adapters.simulator.qra_wire import QraRefusal, is_signed, read, written
from adapters.simulator.records import Movement, Order, Part, Return
from adapters.simulator.scripts import Scripts
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_REFUND_DAYS = 90
_NOWHERE = "http://127.0.0.1:9/"  # a scanned order has no address to tell
_UNSTABLE = {"nonce_str", "sign"}

Fields = Mapping[str, str]


class Qra:
    """Handles the merchants of all regions that are paid through QRA."""

    def __init__(self, world: World, keys: Keys, faults: Faults, scripts: Scripts, cashier: Cashier) -> None:
        self._world = world
        self._keys = keys.qra_keys
        self._faults = faults
        self._scripts = scripts
        self._cashier = cashier
        self._returns: dict[tuple[str, str], Return] = {}
        self._forged: set[str] = set()  # questions, by their nonces, that a stranger's signature answers

    def routes(self) -> list[Route]:
        return [Route("/pay/gateway", self._gateway, methods=["POST"])]

    async def _gateway(self, request: Request) -> Response:
        key = ""
        common = {"version": "2.0", "charset": "UTF-8"}
        try:
            sent = read(await request.body())
            key = self._keys.get(sent.get("mch_id", ""), "")
            self._check(sent, key)
            common |= {"sign_type": sent["sign_type"], "mch_id": sent["mch_id"], "nonce_str": sent["nonce_str"]}
            answer = await self._handled(sent, str(request.base_url).rstrip("/"))
            whole = {**common, "status": "0", "result_code": "0", **answer}
            return _xml(written(whole, f"not {key}" if sent["nonce_str"] in self._forged else key))
        except QraRefusal as refusal:
            whole = {**common, "status": "0" if refusal.status == 200 else "400", "result_code": "1"}
            whole |= {
                "err_code": refusal.code,
                "err_msg": refusal.text,
                "need_query": "Y" if refusal.need_query else "N",
            }
            return _xml(written(whole, key), refusal.status)

    def _check(self, sent: Fields, key: str) -> None:
        region = self._world.region_of_merchant(sent.get("mch_id", ""))
        if region is None or region.qra is None or not key:
            raise QraRefusal("NOMERCHANT", f"没有商户 {sent.get('mch_id')}", 400)
        if sent.get("sign_type", "MD5") != region.qra.sign_type or not is_signed(sent, key):
            raise QraRefusal("SIGNERROR", "验签失败", 401)
        qra_messages.check(sent)

    async def _handled(self, sent: Fields, address: str) -> dict[str, str]:
        match sent["service"]:
            case "unified.trade.native":
                return self._code(sent, address)
            case "unified.trade.micropay":
                return await self._scanned(sent)
            case "unified.micropay.reverse":
                return self._reversed(sent)
            case "unified.trade.query":
                return self._query(sent)
            case "unified.trade.close":
                return self._close(sent)
            case "unified.trade.refund":
                return await self._refund(sent)
            case _:
                return self._asked_refund(sent)

    def _code(self, sent: Fields, address: str) -> dict[str, str]:
        own = {name: value for name, value in sent.items() if name not in _UNSTABLE}
        known = self._find(sent)
        if known is not None and dict(known.own) != own:
            raise QraRefusal("OUT_TRADE_NO_USED", "商户订单号重复")
        order = known or self._opened(sent, own)
        return {"out_trade_no": order.order_id, "code_url": f"{address}/cashier/{order.token}"}

    async def _scanned(self, sent: Fields) -> dict[str, str]:
        """The payer showed his code, and the money is taken at once."""
        if self._find(sent) is not None:
            raise QraRefusal("OUT_TRADE_NO_USED", "商户订单号重复")
        own = {name: value for name, value in sent.items() if name not in _UNSTABLE}
        order = self._opened(sent, own)
        await self._cashier.pay(order)
        return {"pay_result": "0", **paid(order, order.payments[0], order.amount_fen)}

    def _reversed(self, sent: Fields) -> dict[str, str]:
        """Undoes an order as if it had never been, while its money is still with the merchant."""
        order = self._known(sent)
        if any(self._world.left(each.query_id, order.merchant) != order.amount_fen for each in order.payments):
            raise QraRefusal("REVERSE_EXPIRE", "资金已划出或已退，不能冲正")
        order.is_reversed = True
        return {"out_trade_no": order.order_id}

    def _opened(self, sent: Fields, own: Fields) -> Order:
        now = self._world.clock.now()
        until = _time(sent["time_expire"]) if "time_expire" in sent else now + timedelta(days=1)
        if until <= now:
            raise QraRefusal("PARAMERROR", "time_expire 已过", 400)
        fields = {
            "merId": sent["mch_id"],
            "orderId": sent["out_trade_no"],
            "txnTime": sent.get("time_start", f"{now:%Y%m%d%H%M%S}"),
            "txnAmt": sent["total_fee"],
            "txnType": "01",
            "txnSubType": "07",
            "bizType": "000000",
            "channelType": "08",
            "orderDesc": sent["body"],
            "backUrl": sent.get("notify_url", _NOWHERE),
        }
        parts = (Part(sent["mch_id"], int(sent["total_fee"])),)
        order = self._world.open_order(fields, parts, until, "qra", own)
        self._scripts.order_arrives(order.order_id, order.amount_fen)
        return order

    def _query(self, sent: Fields) -> dict[str, str]:
        is_pending = self._meets(sent, sent["out_trade_no"], "ORDERNOTEXIST")
        order = self._known(sent)
        if is_pending:
            return {"out_trade_no": order.order_id, "trade_state": "USERPAYING"}
        if order.is_reversed:
            return {"out_trade_no": order.order_id, "trade_state": "REVOKED"}
        if order.payment is not None:
            return {"trade_state": "SUCCESS", **paid(order, order.payment, order.amount_fen)}
        state = "CLOSED" if order.is_closed else "NOTPAY"
        return {"out_trade_no": order.order_id, "trade_state": state}

    def _meets(self, sent: Fields, number: str, unknown: str) -> bool:
        """Lets a question meet its fault, if it is to have one; whether it is told that all is still at work."""
        fault = self._faults.take(QueryFault, number)
        match fault.how if fault else None:
            case "unavailable":
                raise QraRefusal("SYSTEMERROR", "系统异常", 503, need_query=True)
            case "not_found":
                raise QraRefusal(unknown, "订单不存在")
            case "too_often":
                raise QraRefusal("FREQUENCY_LIMITED", "查询过于频繁", need_query=True)
            case "forged":
                self._forged.add(sent["nonce_str"])
            case "pending":
                return True
        return False

    def _close(self, sent: Fields) -> dict[str, str]:
        order = self._known(sent)
        if order.payment is not None:
            raise QraRefusal("ORDERPAID", "订单已支付，不能关闭")
        order.is_closed = True
        return {"out_trade_no": order.order_id}

    async def _refund(self, sent: Fields) -> dict[str, str]:
        given = self._returns.get((sent["mch_id"], sent["out_refund_no"]))
        if given is None:
            given = self._given_back(sent)
            self._scripts.refund_arrives(given.order_id)
            fault = self._faults.take(RefundFault, given.order_id)
            if fault is not None and fault.how == "failed":
                self._world.fail(given, "01")
            if fault is not None and fault.how == "unknown":
                raise QraRefusal("SYSTEMERROR", "退款结果未知，请查询", need_query=True)
        return {
            "out_trade_no": given.order.order_id,
            "out_refund_no": given.order_id,
            "refund_id": given.movement.query_id,
            "refund_fee": str(given.amount_fen),
        }

    def _given_back(self, sent: Fields) -> Return:
        order, fen = self._known(sent), int(sent["refund_fee"])
        bought = next((each for each in order.payments if each.query_id == self._of(sent, order)), None)
        if bought is None:
            raise QraRefusal("ORDERNOTEXIST", "没有这笔支付")
        if int(sent["total_fee"]) != order.amount_fen:
            raise QraRefusal("PARAMERROR", "total_fee 与原订单不一致")
        if fen > self._world.left(bought.query_id, order.merchant):
            raise QraRefusal("REFUNDFEEERROR", "退款金额大于可退金额")
        if (self._world.clock.today() - bought.clearing_day).days > _REFUND_DAYS:
            raise QraRefusal("TRADE_OVERDUE", f"超过 {_REFUND_DAYS} 天不能退款")
        fields = {
            **{name: order.fields[name] for name in ("merId", "bizType", "channelType", "backUrl")},
            "orderId": sent["out_refund_no"],
            "txnTime": f"{self._world.clock.now():%Y%m%d%H%M%S}",
            "txnAmt": sent["refund_fee"],
            "txnType": "04",
            "txnSubType": "00",
        }
        given = self._world.give_back(fields, order, bought, (Part(order.merchant, fen),))
        self._returns[sent["mch_id"], sent["out_refund_no"]] = given
        return given

    def _asked_refund(self, sent: Fields) -> dict[str, str]:
        is_pending = self._meets(sent, sent["out_refund_no"], "REFUNDNOTEXIST")
        given = self._returns.get((sent["mch_id"], sent["out_refund_no"]))
        if given is None:
            raise QraRefusal("REFUNDNOTEXIST", "没有这笔退款")
        status = "PROCESSING"
        if self._world.is_known(given) and not is_pending:
            status = "SUCCESS" if given.outcome == "00" else "FAIL"
        return {
            "out_trade_no": given.order.order_id,
            "refund_count": "1",
            "out_refund_no_0": given.order_id,
            "refund_id_0": given.movement.query_id,
            "refund_fee_0": str(given.amount_fen),
            "refund_status_0": status,
            **({"refund_time_0": f"{given.movement.at:%Y%m%d%H%M%S}"} if status == "SUCCESS" else {}),
        }

    def _of(self, sent: Fields, order: Order) -> str:
        first: Movement | None = order.payment
        return sent.get("transaction_id") or (first.query_id if first else "")

    def _known(self, sent: Fields) -> Order:
        order = self._find(sent)
        if order is None:
            raise QraRefusal("ORDERNOTEXIST", "订单不存在")
        return order

    def _find(self, sent: Fields) -> Order | None:
        order = self._world.by_order_id.get(sent["out_trade_no"])
        return order if order is not None and order.merchant == sent["mch_id"] else None


def _xml(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="text/xml;charset=UTF-8")


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    except ValueError:
        raise QraRefusal("PARAMERROR", f"时间 {text} 格式错误", 400) from None
