"""Everything that really happened, for a comparison with anyone's book."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from adapters.simulator.records import Movement, Order, PayCode, Return, Transaction, Voucher
from adapters.simulator.world import World


def truth(world: World) -> dict[str, Any]:
    """The whole state as JSON values; amounts in fen, days as ISO dates, instants RFC 3339.

    `paid_fen` is all money taken from payers, `returned_fen` all that the channel gave back, late and double money
    included; the totals by receiver and clearing day are net of it. What was given back at a counter stands in
    `hand_backs`.
    """
    paid = [(order, each) for order in world.orders.values() if not order.is_reversed for each in order.payments]
    returned = [each for each in world.returns.values() if each.outcome == "00" and world.is_known(each)]
    per_receiver: Counter[str] = Counter()
    per_day: Counter[str] = Counter()
    for order, payment in paid:
        per_day[payment.clearing_day.isoformat()] += order.amount_fen
        for part in order.parts:
            per_receiver[part.receiver] += part.amount_fen
    for given in returned:
        per_day[given.movement.clearing_day.isoformat()] -= given.amount_fen
        for part in given.parts:
            per_receiver[part.receiver] -= part.amount_fen
    return {
        "now": world.clock.now().isoformat(),
        "paid_fen": sum(order.amount_fen for order, _ in paid),
        "returned_fen": sum(each.amount_fen for each in returned),
        "per_receiver_fen": dict(per_receiver),
        "per_clearing_day_fen": dict(per_day),
        "orders": [_order(each, world) for each in world.orders.values()],
        "returns": [_return(each, world) for each in world.returns.values()],
        "vouchers": [_voucher(each, world) for each in world.vouchers.values()],
        "pay_codes": [_pay_code(each, world) for each in world.pay_codes.values()],
        "hand_backs": [asdict(each) | {"on": each.on.isoformat()} for each in world.hand_backs.values()],
        "clearances": [
            {"webhook_id": each.webhook_id, "acknowledgement": each.acknowledgement, "region": each.region}
            | {"received_at": each.received_at.isoformat(), "message": json.loads(each.body)}
            for each in world.clearances.values()
        ],
        "messages": [
            {"reference": each.reference, "region": each.region, "phone": each.phone, "text": each.text}
            for each in world.messages.values()
        ],
    }


def _order(order: Order, world: World) -> dict[str, Any]:
    return _transaction(order, world) | {
        "pay_until": order.pay_until.isoformat(),
        "cashier": f"/cashier/{order.token}",
        "payments": [_movement(each) for each in order.payments],
        "is_withheld": order.is_withheld,
        "was_withheld": order.was_withheld,
        "is_reversed": order.is_reversed,
    }


def _return(given: Return, world: World) -> dict[str, Any]:
    return _transaction(given, world) | {
        "txn_type": given.fields["txnType"],
        "of_query_id": given.payment.query_id,
        "outcome": given.outcome if world.is_known(given) else None,
        "movement": _movement(given.movement),
    }


def _transaction(transaction: Transaction, world: World) -> dict[str, Any]:
    region = world.region_of_merchant(transaction.merchant)
    return {
        "region": region.region if region else None,
        "merchant": transaction.merchant,
        "order_id": transaction.order_id,
        "txn_time": transaction.fields["txnTime"],
        "amount_fen": transaction.amount_fen,
        "parts_fen": {part.receiver: part.amount_fen for part in transaction.parts},
    }


def _movement(movement: Movement) -> dict[str, Any]:
    return {
        "query_id": movement.query_id,
        "trace_no": movement.trace_no,
        "at": movement.at.isoformat(),
        "clearing_day": movement.clearing_day.isoformat(),
    }


def _voucher(voucher: Voucher, world: World) -> dict[str, Any]:
    arrived_on = world.arrived_on(voucher)
    return {
        "region": voucher.region,
        "reference": voucher.reference,
        "case_number": voucher.case_number,
        "levy_number": voucher.levy_number,
        "item": voucher.item,
        "side": voucher.side,
        "amount_fen": voucher.amount_fen,
        "query_id": voucher.query_id,
        "portions": [{"order_id": order_id, "query_id": query_id} for order_id, query_id in voucher.portions],
        "tax_voucher_no": voucher.tax_voucher_no,
        "certificate_no": voucher.certificate_no,
        "budget_subject": voucher.subject,
        "sent_back_no": voucher.sent_back_no,
        "befell": list(voucher.befell),
        "treasury_date": arrived_on.isoformat() if arrived_on else None,
    }


def _pay_code(code: PayCode, world: World) -> dict[str, Any]:
    arrived_on = world.arrived_on(code)
    return {
        "region": code.region,
        "reference": code.reference,
        "pay_code": code.number,
        "fees_fen": {fee.code: fee.amount_fen for fee in code.fees},
        "amount_fen": code.amount_fen,
        "query_id": code.query_id,
        "portions": [{"order_id": order_id, "query_id": query_id} for order_id, query_id in code.portions],
        "confirmation_no": code.confirmation_no,
        "passed_on_no": code.passed_on_no,
        "sent_back_no": code.sent_back_no,
        "befell": list(code.befell),
        "is_void": code.is_void,
        "confirmed_on": arrived_on.isoformat() if arrived_on else None,
        "receipt_number": code.receipt.number if code.receipt else None,
    }
