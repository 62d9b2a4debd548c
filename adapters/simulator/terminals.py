"""Card terminals and card readers: the bridges that a merchant's system speaks to (docs/devices.md)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from starlette.routing import Route

from adapters.simulator.clock import CHINA, clearing_day
from adapters.simulator.faults import TerminalFault
from adapters.simulator.gateway_signature import Call, Gate
from adapters.simulator.records import CardSale
from adapters.simulator.refusal import Message, NoAnswer, Refusal, read
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,16}$")]
_OrderId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{8,32}$")]
_Stamp = Annotated[str, StringConstraints(pattern=r"^\d{14}$")]
_Merchant = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{15}$")]
_Fen = Annotated[int, Field(gt=0, lt=10**12)]


class SalePart(Message):
    receiver: _Merchant
    amount_fen: _Fen


class NewSale(Message):
    terminal: _Number
    order_id: _OrderId
    started_at: _Stamp
    merchant: _Merchant
    amount_fen: _Fen
    parts: Annotated[tuple[SalePart, ...], Field(min_length=1, max_length=20, strict=False)]
    title: Annotated[str, StringConstraints(max_length=32)]
    card_until: _Stamp
    notify: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]{1,240}$")]


class NamedSale(Message):
    terminal: _Number
    order_id: _OrderId
    started_at: _Stamp
    amount_fen: _Fen


class SaleAnswer(Message):
    order_id: str
    amount_fen: int
    state: str
    said: str


class ReversalAnswer(Message):
    order_id: str
    state: Literal["reversed"] = "reversed"


class DocumentAnswer(Message):
    kind: str
    name: str
    number: str


class LaidAnswer(Message):
    document: DocumentAnswer | None


class Terminals:
    """The terminals and readers of all played regions; any number is one that exists."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self.wanted: dict[tuple[str, str], NewSale] = {}

    def routes(self, gate: Gate) -> list[Route]:
        return [
            Route("/terminal/v1/sales", gate.around(self._start), methods=["POST"]),
            Route("/terminal/v1/sales/{terminal}/{order_id}", gate.around(self._look), methods=["GET"]),
            Route("/terminal/v1/cancellations", gate.around(self._cancel), methods=["POST"]),
            Route("/terminal/v1/reversals", gate.around(self._reverse), methods=["POST"]),
            Route("/reader/v1/documents/{kiosk}", gate.around(self._document), methods=["GET"]),
        ]

    def running(self, region: str, terminal: str) -> CardSale | None:
        """The sale for which a terminal asks for a card, or asks the acquirer."""
        of_it = [one for one in self._world.sales.values() if (one.region, one.terminal) == (region, terminal)]
        return next((one for one in of_it if self._timed(one).state in ("waiting", "at_work")), None)

    def _start(self, call: Call) -> SaleAnswer:
        sent, region = read(NewSale, call.body), call.region
        if self._meets(sent.order_id, "unheard", "offline"):
            raise NoAnswer
        known = self._world.sales.get((region.region, sent.order_id))
        if known is not None and self.wanted.get((region.region, sent.order_id)) != sent:
            raise Refusal(409, "number_used", f"order_id: {sent.order_id} was sold, cancelled or reversed before")
        if known is None:
            known = self._begin(sent, call)
        if self._meets(sent.order_id, "lost"):
            raise NoAnswer
        return self._told(known)

    def _begin(self, sent: NewSale, call: Call) -> CardSale:
        region = call.region
        if sent.merchant not in region.merchants or region.ums is not None:
            raise Refusal(422, "unknown_merchant", f"merchant: {sent.merchant} sells nothing by card here")
        strange = [part.receiver for part in sent.parts if part.receiver not in region.receivers]
        if strange or sum(part.amount_fen for part in sent.parts) != sent.amount_fen:
            raise Refusal(422, "bad_parts", "parts: receivers of the merchant, which sum to amount_fen")
        if self.running(region.region, sent.terminal) is not None:
            raise Refusal(409, "busy", f"terminal: {sent.terminal} 正在收另一笔款 is selling something else")
        until = _time(sent.card_until)
        if until <= self._world.clock.now():
            raise Refusal(422, "too_late", "card_until: lies in the past")
        sale = CardSale(region.region, sent.terminal, sent.order_id, sent.amount_fen, until)
        self._world.sales[region.region, sent.order_id] = sale
        self.wanted[region.region, sent.order_id] = sent
        return sale

    def _look(self, call: Call) -> SaleAnswer:
        return self._told(self._known(call, call.path["terminal"], call.path["order_id"]))

    def _cancel(self, call: Call) -> SaleAnswer:
        sent = read(NamedSale, call.body)
        sale = self._known_or_barred(call, sent)
        if self._timed(sale).state == "waiting":
            sale.state, sale.said = "cancelled", "已取消。Cancelled."
        return self._told(sale)

    def _reverse(self, call: Call) -> ReversalAnswer:
        sent = read(NamedSale, call.body)
        sale = self._known_or_barred(call, sent)
        if self._meets(sent.order_id, "not_reversed"):
            raise Refusal(409, "not_reversed", "收单机构未受理冲正 the acquirer did not take the reversal")
        if sale.state == "waiting":
            sale.state = "cancelled"
        if sale.order is not None and not sale.order.is_reversed:
            self._check_reversible(sale)
            sale.order.is_reversed = True
        return ReversalAnswer(order_id=sale.order_id)

    def _check_reversible(self, sale: CardSale) -> None:
        assert sale.order is not None
        for payment in sale.order.payments:
            left = sum(self._world.left(payment.query_id, part.receiver) for part in sale.order.parts)
            same_day = payment.clearing_day == clearing_day(self._world.clock.now())
            if not same_day or left != sale.amount_fen:
                raise Refusal(
                    409, "not_reversible", "已跨清算日或资金已划出，不能冲正 another day, or the money has gone on"
                )

    def _document(self, call: Call) -> LaidAnswer:
        laid = self._world.documents.get((call.region.region, call.path["kiosk"]))
        if laid is None:
            return LaidAnswer(document=None)
        return LaidAnswer(document=DocumentAnswer(kind=laid.kind, name=laid.name, number=laid.number))

    def _known(self, call: Call, terminal: str, order_id: str) -> CardSale:
        if self._meets(order_id, "offline"):
            raise NoAnswer
        sale = self._world.sales.get((call.region.region, order_id))
        if sale is None or sale.terminal != terminal:
            raise Refusal(404, "unknown_sale", f"order_id: terminal {terminal} never heard of {order_id}")
        return sale

    def _known_or_barred(self, call: Call, sent: NamedSale) -> CardSale:
        """The sale; of a number that never came, one that keeps it from being sold when it comes after all."""
        try:
            return self._known(call, sent.terminal, sent.order_id)
        except Refusal:
            now = self._world.clock.now()
            sale = CardSale(call.region.region, sent.terminal, sent.order_id, sent.amount_fen, now, "cancelled")
            return self._world.sales.setdefault((call.region.region, sent.order_id), sale)

    def _timed(self, sale: CardSale) -> CardSale:
        if sale.state == "waiting" and self._world.clock.now() >= sale.card_until:
            sale.state, sale.said = "cancelled", "超时未刷卡，已取消。No card came in time."
        return sale

    def _told(self, sale: CardSale) -> SaleAnswer:
        self._timed(sale)
        return SaleAnswer(order_id=sale.order_id, amount_fen=sale.amount_fen, state=sale.state, said=sale.said)

    def _meets(self, order_id: str, *how: str) -> bool:
        return self._faults.take(TerminalFault, order_id, how) is not None


def order_fields(sent: NewSale, business: str) -> Mapping[str, str]:
    """A card's order in ACP's words, as the acquirer keeps it beside those that came by a code."""
    return {
        "version": "5.1.0",
        "encoding": "UTF-8",
        "txnType": "01",
        "txnSubType": "06",
        "bizType": business,
        "accessType": "0",
        "merId": sent.merchant,
        "orderId": sent.order_id,
        "txnTime": sent.started_at,
        "channelType": "08",
        "currencyCode": "156",
        "txnAmt": str(sent.amount_fen),
        "backUrl": sent.notify,
        "orderDesc": sent.title,
        "termId": sent.terminal,
    }


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    except ValueError:
        raise Refusal(422, "invalid_field", f"{text} is no time as yyyyMMddHHmmss") from None
