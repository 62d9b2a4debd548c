"""What ChinaUMS says of a bill, in answers and notifications."""

import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from adapters.simulator.certificates import Keys
from adapters.simulator.records import Movement, Order, Return, Transaction
from adapters.simulator.ums_wire import dashed, key_appended
from adapters.simulator.world import World

_SALT_NAMES = ("ns", "aI", "kq", "Zt", "wX")


def payment(order: Order, movement: Movement, amount_fen: int, status: str = "TRADE_SUCCESS") -> dict[str, Any]:
    """The billPayment of a payment."""
    return {
        "merOrderId": movement.query_id,
        "billBizType": "bills",
        "paySeqId": f"{movement.trace_no}{movement.query_id[:8]}",
        "totalAmount": amount_fen,
        "buyerPayAmount": amount_fen,
        "invoiceAmount": amount_fen,
        "payTime": dashed(movement.at),
        "settleDate": movement.clearing_day.isoformat(),
        "status": status,
        "targetOrderId": movement.query_id[::-1],
        "targetSys": "UAC",
    }


def bill(order: Order, status: str, address: str) -> dict[str, Any]:
    """What every message says of a bill."""
    return {
        "mid": order.merchant,
        "tid": order.own["tid"],
        "instMid": order.own["instMid"],
        "billNo": order.own["billNo"],
        "billDate": order.own["billDate"],
        "billDesc": order.own["billDesc"],
        "billStatus": status,
        "totalAmount": order.amount_fen,
        "billQRCode": f"{address}/bills/qrCode.do?id={order.own['qrCodeId']}",
        "qrCodeId": order.own["qrCodeId"],
    }


class UmsVoice:
    """A form with a salt of a random name, key-append signed; the body SUCCESS means taken."""

    content_type = "application/x-www-form-urlencoded;charset=UTF-8"

    def __init__(self, world: World, keys: Keys) -> None:
        self._world = world
        self._keys = keys

    def said(self, transaction: Transaction, movement: Movement, more_fen: int = 0) -> Mapping[str, str]:
        order = transaction.order if isinstance(transaction, Return) else transaction
        total = order.amount_fen + more_fen
        is_refund = isinstance(transaction, Return)
        paid = payment(order, transaction.payment if isinstance(transaction, Return) else movement, total)
        said: dict[str, Any] = {
            **bill(order, "REFUND" if is_refund else "PAID", "https://qr.chinaums.simulated"),
            "totalAmount": total,
            "qrCodeType": "BILLPAY",
            "createTime": dashed(movement.at),
            "merName": "模拟商户",
            "memo": "",
            "notifyId": f"N{movement.query_id}",
            "billPayment": json.dumps(paid, ensure_ascii=False),
            "seqId": movement.trace_no,
            "srcReserve": order.own["srcReserve"],
            "signType": self._sign_type(order),
            secrets.choice(_SALT_NAMES): secrets.token_hex(3),
        }
        if is_refund:
            said["refundAmount"] = transaction.amount_fen
        return {name: str(value) for name, value in said.items()}

    def true(self, fields: Mapping[str, str]) -> bytes:
        return urlencode(self._signed(fields, self._key(fields["mid"]))).encode()

    def forged(self, fields: Mapping[str, str]) -> bytes:
        return urlencode(self._signed(fields, secrets.token_hex(24))).encode()

    def expired(self, fields: Mapping[str, str]) -> bytes:
        """Under the key that the contract had before."""
        return urlencode(self._signed(fields, self._key(fields["mid"])[::-1])).encode()

    def altered(self, fields: Mapping[str, str], signed: Mapping[str, str]) -> bytes:
        return urlencode({**self._signed(signed, self._key(signed["mid"])), **fields}).encode()

    def is_taken(self, status: int, body: str) -> bool:
        return status == 200 and body.strip().upper() == "SUCCESS"

    def brings_back(self, order: Order) -> Mapping[str, str]:
        """For showing only, as the documents say; signed like a notification."""
        fields = {name: str(value) for name, value in bill(order, "PAID" if order.payment else "UNPAID", "").items()}
        return self._signed({**fields, "signType": "SHA256"}, self._key(order.merchant))

    def _signed(self, fields: Mapping[str, str], key: str) -> dict[str, str]:
        return {**fields, "sign": key_appended(fields, key, fields["signType"]).upper()}

    def _key(self, merchant: str) -> str:
        region = self._world.region_of_merchant(merchant)
        assert region is not None, "every bill is of a merchant that exists"
        return self._keys.ums_communication_keys[region.region]

    def _sign_type(self, order: Order) -> str:
        region = self._world.region_of_merchant(order.merchant)
        return region.ums.sign_type if region and region.ums else "SHA256"
