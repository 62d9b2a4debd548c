"""Everything that really happened, for a comparison with anyone's book."""

import json
from collections import Counter
from typing import Any

from adapters.simulator.world import Order, PayCode, Voucher, World


def truth(world: World) -> dict[str, Any]:
    """The whole state as JSON values; amounts in fen, days as ISO dates, instants RFC 3339."""
    paid = list(world.by_query_id.values())
    per_receiver: Counter[str] = Counter()
    per_day: Counter[str] = Counter()
    for order in paid:
        for part in order.parts:
            per_receiver[part.receiver] += part.amount_fen
        if order.payment is not None:
            per_day[order.payment.clearing_day.isoformat()] += order.amount_fen
    return {
        "now": world.clock.now().isoformat(),
        "paid_fen": sum(per_day.values()),
        "per_receiver_fen": dict(per_receiver),
        "per_clearing_day_fen": dict(per_day),
        "orders": [_order(each) for each in world.orders.values()],
        "vouchers": [_voucher(each, world) for each in world.vouchers.values()],
        "pay_codes": [_pay_code(each, world) for each in world.pay_codes.values()],
        "clearances": [
            {"webhook_id": each.webhook_id, "acknowledgement": each.acknowledgement, "region": each.region}
            | {"received_at": each.received_at.isoformat(), "message": json.loads(each.body)}
            for each in world.clearances.values()
        ],
    }


def _order(order: Order) -> dict[str, Any]:
    payment = order.payment
    return {
        "merchant": order.merchant,
        "order_id": order.order_id,
        "txn_time": order.fields["txnTime"],
        "amount_fen": order.amount_fen,
        "parts_fen": {part.receiver: part.amount_fen for part in order.parts},
        "pay_until": order.pay_until.isoformat(),
        "cashier": f"/cashier/{order.token}",
        "query_id": payment.query_id if payment else None,
        "trace_no": payment.trace_no if payment else None,
        "paid_at": payment.paid_at.isoformat() if payment else None,
        "clearing_day": payment.clearing_day.isoformat() if payment else None,
    }


def _voucher(voucher: Voucher, world: World) -> dict[str, Any]:
    arrived_on = world.arrived_on(voucher.received_at)
    return {
        "region": voucher.region,
        "reference": voucher.reference,
        "case_number": voucher.case_number,
        "levy_number": voucher.levy_number,
        "item": voucher.item,
        "side": voucher.side,
        "amount_fen": voucher.amount_fen,
        "query_id": voucher.query_id,
        "tax_voucher_no": voucher.tax_voucher_no,
        "certificate_no": voucher.certificate_no,
        "treasury_date": arrived_on.isoformat() if arrived_on else None,
    }


def _pay_code(code: PayCode, world: World) -> dict[str, Any]:
    arrived_on = world.arrived_on(code.received_at)
    return {
        "region": code.region,
        "reference": code.reference,
        "pay_code": code.number,
        "fees_fen": {fee.code: fee.amount_fen for fee in code.fees},
        "amount_fen": code.amount_fen,
        "query_id": code.query_id,
        "confirmation_no": code.confirmation_no,
        "confirmed_on": arrived_on.isoformat() if arrived_on else None,
        "receipt_number": code.receipt.number if code.receipt else None,
    }
