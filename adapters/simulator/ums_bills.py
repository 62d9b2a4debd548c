"""ChinaUMS's bills: codes, queries, refunds, closing; whatever interface they come by."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.simulator.clock import CHINA
from adapters.simulator.faults import QueryFault, RefundFault
from adapters.simulator.notifications import Notifier
from adapters.simulator.records import Order, Part, Return
from adapters.simulator.scripts import Scripts
from adapters.simulator.setup import RegionSetup
from adapters.simulator.ums_messages import CloseQrCode, GetQrCode, Query, Refund, SubOrder, plain
from adapters.simulator.ums_voice import bill, payment
from adapters.simulator.ums_wire import UmsRefusal, dashed
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

Answer = dict[str, Any]

_REFUND_DAYS = 90
_UNSTABLE = {"requestTimestamp", "msgId", "msgSrc", "msgType", "signType", "sign"}
"""What differs between two sends of the same order."""


class UmsBills:
    """Handles messages that were let in and are well formed. UmsRefusal says why something is not done."""

    def __init__(self, world: World, faults: Faults, scripts: Scripts, notifier: Notifier) -> None:
        self._world = world
        self._faults = faults
        self._scripts = scripts
        self._notifier = notifier
        self._by_code: dict[str, Order] = {}
        self._returns: dict[tuple[str, str], Return] = {}

    async def handle(self, sent: Any, region: RegionSetup, address: str) -> Answer:
        """The answer to a message; `address` is this server's own, for the code that a phone will open."""
        match sent:
            case GetQrCode():
                return self._code(sent, region, address)
            case Query():
                return self._query(sent, address)
            case Refund():
                return await self._refund(sent)
            case CloseQrCode():
                return self._close(sent)
        raise AssertionError("every operation is handled")

    def behind(self, code_id: str) -> Order | None:
        """The order that a code opens."""
        return self._by_code.get(code_id)

    def _code(self, sent: GetQrCode, region: RegionSetup, address: str) -> Answer:
        assert region.ums is not None, "only regions of ChinaUMS come here"
        if not sent.billNo.startswith(region.ums.source_id) or not sent.qrCodeId.startswith(region.ums.source_id):
            raise UmsRefusal("INVALID_ORDER", f"billNo 和 qrCodeId 须以 {region.ums.source_id} 开头", 400)
        own = {name: str(value) for name, value in sent.model_dump(mode="json", exclude=_UNSTABLE).items()}
        known = self._find(sent.mid, sent.billNo, sent.billDate)
        if known is not None and dict(known.own) != own:
            raise UmsRefusal("DUP_ORDER", "账单号重复")
        order = known or self._opened(sent, own, region)
        self._by_code[sent.qrCodeId] = order
        told = bill(order, "UNPAID", address)
        return {name: told[name] for name in ("mid", "tid", "instMid", "billNo", "billDate", "qrCodeId", "billQRCode")}

    def _opened(self, sent: GetQrCode, own: Mapping[str, str], region: RegionSetup) -> Order:
        assert region.ums is not None, "only regions of ChinaUMS come here"
        now = self._world.clock.now()
        until = _time(sent.expireTime) if sent.expireTime else now + timedelta(minutes=30)
        if until <= now:
            raise UmsRefusal("BAD_REQUEST", "expireTime 已过", 400)
        fields = {
            "merId": sent.mid,
            "orderId": sent.billNo.removeprefix(region.ums.source_id),
            "txnTime": plain(sent.requestTimestamp),
            "txnAmt": str(sent.totalAmount),
            "txnType": "01",
            "txnSubType": "07",
            "bizType": "000000",
            "channelType": "08",
            "orderDesc": sent.billDesc,
            "backUrl": sent.notifyUrl,
            **({"frontUrl": sent.returnUrl} if sent.returnUrl else {}),
        }
        parts = _parts(sent.subOrders, sent.platformAmount, sent.totalAmount, region.merchant)
        if sent.divisionFlag != bool(sent.subOrders) or sent.secureTransaction:
            raise UmsRefusal("BAD_REQUEST", "divisionFlag、subOrders 与 secureTransaction 不符", 400)
        _check_receivers(parts, region)
        order = self._world.open_order(fields, parts, until, "ums", own)
        self._scripts.order_arrives(order.order_id, order.amount_fen)
        return order

    def _query(self, sent: Query, address: str) -> Answer:
        order = self._known(sent.mid, sent.billNo, sent.billDate)
        asked = order.order_id if sent.refundOrderId is None else sent.refundOrderId
        fault = self._faults.take(QueryFault, asked)
        match fault.how if fault else None:
            case "unavailable":
                raise UmsRefusal("INTERNAL_ERROR", "系统异常", 503)
            case "not_found":
                raise UmsRefusal("NO_ORDER", "没有这张账单")
            case "too_often":
                raise UmsRefusal("ORDER_PROCESSING", "订单处理中，请稍后再试")
            case "pending":
                return bill(order, "UNKNOWN", address)
            case "forged":  # answers are not signed: the nearest thing is one about another bill
                return {**self._state(order, address), "billNo": f"{order.own['billNo'][:-1]}X"}
        if sent.refundOrderId is None:
            return self._state(order, address)
        given = self._returns.get((sent.mid, sent.refundOrderId))
        if given is None:
            raise UmsRefusal("NO_ORDER", "没有这笔退款")
        return {**self._state(order, address), "refundBillPayment": self._returned(given)}

    def _state(self, order: Order, address: str) -> Answer:
        if order.payment is not None:
            return {
                **bill(order, "PAID", address),
                "billPayment": payment(order, order.payment, order.amount_fen),
            }
        return bill(order, "CLOSED" if order.is_closed else "UNPAID", address)

    def _close(self, sent: CloseQrCode) -> Answer:
        order = self._by_code.get(sent.qrCodeId)
        if order is None or order.merchant != sent.mid:
            raise UmsRefusal("NO_ORDER", "没有这个二维码")
        if order.payment is not None:
            raise UmsRefusal("OPERATION_NOT_ALLOWED", "账单已支付，不能关闭")
        order.is_closed = True
        return {"qrCodeId": sent.qrCodeId}

    async def _refund(self, sent: Refund) -> Answer:
        order = self._known(sent.mid, sent.billNo, sent.billDate)
        given = self._returns.get((sent.mid, sent.refundOrderId))
        if given is None:
            given = self._given_back(sent, order)
            self._scripts.refund_arrives(given.order_id)
            fault = self._faults.take(RefundFault, given.order_id)
            if fault is not None and fault.how == "failed":
                self._world.fail(given, "01")
            else:
                await self._notifier.tell(given, given.movement)
            if fault is not None and fault.how == "unknown":
                return {"refundOrderId": sent.refundOrderId, "refundStatus": "UNKNOWN"}
        return self._returned(given)

    def _given_back(self, sent: Refund, order: Order) -> Return:
        parts = _parts(sent.subOrders, sent.platformAmount, sent.refundAmount, order.merchant)
        bought = next((each for each in reversed(order.payments) if self._world.has(each.query_id, parts)), None)
        if bought is None:
            raise UmsRefusal("OPERATION_NOT_ALLOWED", "退款金额大于可退金额，或分账方余额不足")
        if (self._world.clock.today() - bought.clearing_day).days > _REFUND_DAYS:
            raise UmsRefusal("OPERATION_NOT_ALLOWED", f"超过 {_REFUND_DAYS} 天不能退款")
        fields = {
            **{name: order.fields[name] for name in ("merId", "bizType", "channelType", "backUrl")},
            "orderId": sent.refundOrderId,
            "txnTime": plain(sent.requestTimestamp),
            "txnAmt": str(sent.refundAmount),
            "txnType": "04",
            "txnSubType": "00",
        }
        given = self._world.give_back(fields, order, bought, parts)
        self._returns[sent.mid, sent.refundOrderId] = given
        return given

    def _returned(self, given: Return) -> Answer:
        """What is said of a refund: PROCESSING until its outcome is known."""
        status = "PROCESSING"
        if self._world.is_known(given):
            status = "SUCCESS" if given.outcome == "00" else "FAIL"
        said = {
            "refundOrderId": given.order_id,
            "refundStatus": status,
            "refundAmount": given.amount_fen,
            "totalAmount": given.order.amount_fen,
        }
        if status != "SUCCESS":
            return said
        return {
            **said,
            "refundTargetOrderId": given.movement.query_id,
            "refundPayTime": dashed(given.movement.at),
            "settleDate": given.movement.clearing_day.isoformat(),
            "targetSys": "UAC",
        }

    def _known(self, merchant: str, number: str, day: str) -> Order:
        order = self._find(merchant, number, day)
        if order is None:
            raise UmsRefusal("NO_ORDER", "没有这张账单")
        return order

    def _find(self, merchant: str, number: str, day: str) -> Order | None:
        region = self._world.region_of_merchant(merchant)
        source = region.ums.source_id if region and region.ums else ""
        order = self._world.by_order_id.get(number.removeprefix(source))
        same = order is not None and (order.merchant, order.own.get("billDate")) == (merchant, day)
        return order if same else None


def _parts(sub_orders: tuple[SubOrder, ...], own_fen: int, total_fen: int, merchant: str) -> tuple[Part, ...]:
    """How an amount is divided; without any division it is all the merchant's own."""
    if not sub_orders and not own_fen:
        return (Part(merchant, total_fen),)
    parts = tuple(Part(each.mid, each.totalAmount) for each in sub_orders)
    parts = (*parts, Part(merchant, own_fen)) if own_fen else parts
    if sum(part.amount_fen for part in parts) != total_fen or len({part.receiver for part in parts}) != len(parts):
        raise UmsRefusal("BAD_REQUEST", "subOrders 与 platformAmount 之和不等于 totalAmount，或分账方重复", 400)
    return parts


def _check_receivers(parts: tuple[Part, ...], region: RegionSetup) -> None:
    strange = [part.receiver for part in parts if part.receiver not in (*region.receivers, region.merchant)]
    if strange:
        raise UmsRefusal("INVLID_MERCHANT_CONFIG", f"分账商户 {strange[0]} 与主商户无分账关系")


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except ValueError:
        raise UmsRefusal("BAD_REQUEST", f"时间 {text} 格式错误", 400) from None
