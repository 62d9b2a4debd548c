"""How a payment starts at ACP: the browser's form to the gateway, a code to show (主扫), a payer's code (被扫)."""

import re
from collections.abc import Mapping

from adapters.unionpay import codes
from adapters.unionpay.acp_said import acc_split_data
from adapters.unionpay.gateway import AcpGateway
from adapters.wire.beijing import stamp
from foundation.errors import BadInput, Unavailable
from settlement.ports.channel import Order, PaymentForm, PaymentLink, Unauthentic
from settlement.ports.refusal import Refused

BUSINESS = {"gateway": "000201", "qr": "000000"}
"""bizType of each product; queries, refunds and undos carry that of their payment."""

_LONGEST_TITLE = 32
_PAYER_CODE = re.compile("[0-9]{1,20}")
_CODE = re.compile("https?://[!-~]{1,500}")


def form(gateway: AcpGateway, order: Order, return_to: str, notify: str) -> PaymentForm:
    """The signed form with which the browser goes to UnionPay's cashier."""
    fields = {
        "txnType": "01",
        "txnSubType": "01",
        "bizType": BUSINESS["gateway"],
        **_money(order, notify),
        "payTimeout": stamp(order.pay_until),
        "frontUrl": _plain("return_to", return_to),
        "orderDesc": order.title[:_LONGEST_TITLE],
    }
    address = gateway.config.gateway.rstrip("/") + "/gateway/api/frontTransReq.do"
    return PaymentForm(address, gateway.signed({key: value for key, value in fields.items() if value}))


async def code(gateway: AcpGateway, order: Order, notify: str) -> PaymentLink:
    """Applies for the code of an order. 00 says only that the code was issued.

    Refused: no code was issued. Unavailable: it may have been; the number is used up and the order ends with its time.
    """
    fields = {
        "txnType": "01",
        "txnSubType": "07",
        "bizType": BUSINESS["qr"],
        **_money(order, notify),
        "payTimeout": stamp(order.pay_until),
    }
    answer = await _asked(gateway, order, fields)
    address = answer.get("qrCode", "")
    if not _CODE.fullmatch(address):
        raise Unavailable("UnionPay answered without a usable qrCode")
    return PaymentLink(address)


async def payers_code(gateway: AcpGateway, order: Order, payer_code: str, notify: str) -> None:
    """Takes the money with the code that a payer shows. Whether it was taken is for a query to say."""
    if not _PAYER_CODE.fullmatch(payer_code):
        raise BadInput("payer_code", payer_code, "the 1 to 20 digits under the payer's code")
    fields = {
        "txnType": "01",
        "txnSubType": "06",
        "bizType": BUSINESS["qr"],
        **_money(order, notify),
        "qrNo": payer_code,
    }
    await _asked(gateway, order, fields)


async def reversal(gateway: AcpGateway, order: Order) -> None:
    """Reverses (冲正) an order whose outcome stayed unknown, paid or not; on its own clearing day only."""
    fields = {
        "txnType": "99",
        "txnSubType": "01",
        "bizType": BUSINESS["qr"],
        "channelType": "08",
        **identity(order),
    }
    await _asked(gateway, order, fields)


def identity(order: Order) -> dict[str, str]:
    """The order number and time: with the merchant they name one transaction."""
    return {"orderId": order.order_id, "txnTime": stamp(order.started_at)}


def _money(order: Order, notify: str) -> dict[str, str]:
    return {
        **identity(order),
        "channelType": "08",
        "txnAmt": str(order.amount_fen),
        "currencyCode": "156",
        "backUrl": _plain("notify", notify),
        "accSplitData": acc_split_data(order.parts),
    }


def _plain(field: str, address: str) -> str:
    """An address that the gateway will not mix into the fields that it signs."""
    if "?" in address:
        raise BadInput(field, address, "an address without a query string")
    return address


async def _asked(gateway: AcpGateway, order: Order, fields: Mapping[str, str]) -> dict[str, str]:
    answer = await gateway.ask(gateway.config.gateway.rstrip("/") + "/gateway/api/backTransReq.do", fields)
    if {key: answer.get(key) for key in ("orderId", "txnTime")} != identity(order):
        raise Unauthentic(f"the answer is about order {answer.get('orderId')!r}, asked was {order.order_id}")
    said, message = answer.get("respCode", ""), answer.get("respMsg", "")
    if said in codes.MAY_BE_UNDER_WAY:
        raise Unavailable(f"UnionPay does not know yet: {said} {message}", resp_code=said)
    if said != codes.DONE:
        raise Refused("UnionPay", said, message)
    return answer
