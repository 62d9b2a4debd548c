"""What QRA says of an order, in answers and notifications."""

import secrets
from collections.abc import Mapping

from adapters.simulator.certificates import Keys
from adapters.simulator.qra_wire import element, signature, written
from adapters.simulator.records import Movement, Order, Return, Transaction
from adapters.simulator.world import World


def paid(order: Order, movement: Movement, amount_fen: int) -> dict[str, str]:
    """What is said of an order whose money was taken."""
    return {
        "trade_type": "unified.trade.native",
        "out_trade_no": order.order_id,
        "transaction_id": movement.query_id,
        "out_transaction_id": movement.query_id[::-1],
        "total_fee": str(amount_fen),
        "fee_type": "CNY",
        "attach": order.own.get("attach", ""),
        "time_end": f"{movement.at:%Y%m%d%H%M%S}",
    }


class QraVoice:
    """Signed XML; the body success means taken. Refunds are not told of."""

    content_type = "text/xml;charset=UTF-8"

    def __init__(self, world: World, keys: Keys) -> None:
        self._world = world
        self._keys = keys

    def said(self, transaction: Transaction, movement: Movement, more_fen: int = 0) -> Mapping[str, str]:
        order = transaction.order if isinstance(transaction, Return) else transaction
        region = self._world.region_of_merchant(order.merchant)
        return {
            "version": "2.0",
            "charset": "UTF-8",
            "sign_type": region.qra.sign_type if region and region.qra else "MD5",
            "status": "0",
            "result_code": "0",
            "mch_id": order.merchant,
            "nonce_str": secrets.token_hex(16),
            "pay_result": "0",
            **paid(order, movement, order.amount_fen + more_fen),
        }

    def true(self, fields: Mapping[str, str]) -> bytes:
        return written(fields, self._keys.qra_keys[fields["mch_id"]])

    def forged(self, fields: Mapping[str, str]) -> bytes:
        return written(fields, secrets.token_hex(16))

    def expired(self, fields: Mapping[str, str]) -> bytes:
        """Under the key that the merchant had before."""
        return written(fields, self._keys.qra_keys[fields["mch_id"]][::-1])

    def altered(self, fields: Mapping[str, str], signed: Mapping[str, str]) -> bytes:
        return element({**fields, "sign": signature(signed, self._keys.qra_keys[signed["mch_id"]])})

    def is_taken(self, status: int, body: str) -> bool:
        return status == 200 and body.strip() == "success"

    def brings_back(self, order: Order) -> Mapping[str, str]:
        """Nothing: a code has no way back to a merchant's page."""
        return {}
