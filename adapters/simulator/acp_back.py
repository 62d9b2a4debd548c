"""What UnionPay's back gateway does: codes to show, payers' codes, refunds, undos, reversals."""

from collections.abc import Mapping
from datetime import timedelta

from adapters.simulator import acp_fields
from adapters.simulator.acp_answers import echo, moved, result
from adapters.simulator.acp_wire import AcpRefusal
from adapters.simulator.cashier import Cashier
from adapters.simulator.clock import clearing_day
from adapters.simulator.faults import RefundFault
from adapters.simulator.notifications import Notifier
from adapters.simulator.records import Movement, Order, Part
from adapters.simulator.scripts import Scripts
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_REFUND_DAYS = 330
_QR_REFUND_DAYS = 30
_QR_BUSINESS = "000000"

Answer = Mapping[str, str]


class AcpBack:
    """Handles messages whose signature and fields are right. AcpRefusal says why something is not done."""

    def __init__(self, world: World, faults: Faults, scripts: Scripts, cashier: Cashier, notifier: Notifier) -> None:
        self._world = world
        self._faults = faults
        self._scripts = scripts
        self._cashier = cashier
        self._notifier = notifier

    async def handle(self, fields: Mapping[str, str], address: str) -> Answer:
        """The answer to a message; `address` is this server's own, for the code that a phone will open."""
        match fields["txnType"], fields["txnSubType"]:
            case "01", "07":
                order = self.open(fields)
                return echo(fields) | result("00") | {"qrCode": f"{address}/cashier/{order.token}"}
            case "01", _:
                return await self._scanned(fields)
            case "99", _:
                return self._reversed(fields)
            case _:
                return await self._given_back(fields)

    def open(self, fields: Mapping[str, str]) -> Order:
        """A new order. AcpRefusal for a number that was used that day, or a time that is not now."""
        self._check_new(fields)
        region = self._world.region_of_merchant(fields["merId"])
        parts = acp_fields.split(fields, region.receivers if region else ())
        order = self._world.open_order(fields, parts, acp_fields.pay_until(fields, self._world.clock.now()))
        self._scripts.order_arrives(order.order_id, order.amount_fen)
        return order

    async def _scanned(self, fields: Mapping[str, str]) -> Answer:
        """The payer showed his code, and the money is taken at once."""
        order = self.open(fields)
        await self._cashier.pay(order)
        return moved(order, order.payments[0]) | result("00")

    async def _given_back(self, fields: Mapping[str, str]) -> Answer:
        self._check_new(fields)
        order, payment = self._original(fields)
        if fields["txnType"] == "31":
            self._check_undo(fields, order, payment)
        else:
            self._check_refund(fields, payment)
        given = self._world.give_back(fields, order, payment, self._parts(fields, order, payment))
        self._scripts.refund_arrives(given.order_id)
        fault = self._faults.take(RefundFault, given.order_id)
        if fault is not None and fault.how == "failed":
            self._world.fail(given, "01")
        else:
            await self._notifier.tell(given, given.movement)
        code = "04" if fault is not None and fault.how == "unknown" else "00"
        return echo(fields) | {"origQryId": fields["origQryId"], "txnAmt": fields["txnAmt"]} | result(code)

    def _reversed(self, fields: Mapping[str, str]) -> Answer:
        """Undoes an order, paid or not, as if it had never been; only within its clearing day."""
        order = self._world.find(fields["merId"], fields["orderId"], fields["txnTime"])
        if not isinstance(order, Order):
            raise AcpRefusal("35", "原交易不存在或状态不正确[2040004]")
        for payment in order.payments:
            if payment.clearing_day != clearing_day(self._world.clock.now()):
                raise AcpRefusal("35", "原交易不在同一清算日，不能冲正[2040004]")
            if sum(self._world.left(payment.query_id, part.receiver) for part in order.parts) != order.amount_fen:
                raise AcpRefusal("35", "原交易资金已划出或已退，不能冲正[2040004]")
        order.is_reversed = True
        return echo(fields) | result("00")

    def _original(self, fields: Mapping[str, str]) -> tuple[Order, Movement]:
        order = self._world.by_query_id.get(fields["origQryId"])
        if order is None or order.merchant != fields["merId"] or order.is_reversed:
            raise AcpRefusal("35", "原交易不存在或状态不正确[2040004]")
        if order.fields["bizType"] != fields["bizType"]:
            raise AcpRefusal("36", "与原交易信息不符[2040004]: bizType")
        return order, next(each for each in order.payments if each.query_id == fields["origQryId"])

    def _check_refund(self, fields: Mapping[str, str], payment: Movement) -> None:
        age = clearing_day(self._world.clock.now()) - payment.clearing_day
        if fields["bizType"] == _QR_BUSINESS and age > timedelta(days=_QR_REFUND_DAYS):
            raise AcpRefusal("30", "二维码交易超过 30 天不能退货[2011000]")
        if age > timedelta(days=_REFUND_DAYS):
            raise AcpRefusal("30", "交易超过 330 天不能退货[4040007]")

    def _check_undo(self, fields: Mapping[str, str], order: Order, payment: Movement) -> None:
        if int(fields["txnAmt"]) != order.amount_fen:
            raise AcpRefusal("36", "撤销金额与原交易不一致[2050001]")
        if payment.clearing_day != clearing_day(self._world.clock.now()):
            raise AcpRefusal("35", "原交易不在同一清算日，不能撤销，请退货[2040004]")
        if self._returned(payment, order):
            raise AcpRefusal("45", "原交易已撤销或已退货[2050002]")

    def _parts(self, fields: Mapping[str, str], order: Order, payment: Movement) -> tuple[Part, ...]:
        """From which receivers the money comes back: as told, or, of all that is left, from each what he has."""
        amount = int(fields["txnAmt"])
        if amount > order.amount_fen - self._returned(payment, order):
            raise AcpRefusal("36", "累计退货金额大于原交易金额[2050004]")
        receivers = [part.receiver for part in order.parts]
        wanted = acp_fields.split(fields, receivers) if "accSplitData" in fields else order.parts
        for part in wanted if amount == sum(part.amount_fen for part in wanted) else ():
            self._world.spare(payment.query_id, part.receiver, part.amount_fen)
        left = {part.receiver: self._world.left(payment.query_id, part.receiver) for part in order.parts}
        if amount > sum(left.values()):
            raise AcpRefusal("30", "分账商户可用余额不足[3000000]")
        if "accSplitData" in fields:
            parts = acp_fields.split(fields, left.keys())
        elif amount == sum(left.values()):
            parts = tuple(Part(receiver, fen) for receiver, fen in left.items() if fen)
        elif len(left) == 1:
            parts = tuple(Part(receiver, amount) for receiver in left)
        else:
            raise AcpRefusal("13", "报文要素缺失[6100030]: 部分退货须送 accSplitData")
        for part in parts:
            if part.amount_fen > left.get(part.receiver, 0):
                raise AcpRefusal("30", f"分账商户 {part.receiver} 可用余额不足[3000000]")
        return parts

    def _returned(self, payment: Movement, order: Order) -> int:
        return sum(self._world.returned[payment.query_id, part.receiver] for part in order.parts)

    def _check_new(self, fields: Mapping[str, str]) -> None:
        if self._world.is_number_used(fields):
            raise AcpRefusal("12", "重复交易[2010002]")
        acp_fields.check_now(fields, self._world.clock.now())
