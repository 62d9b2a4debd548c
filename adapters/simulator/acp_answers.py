"""What UnionPay says of a transaction, in answers and notifications."""

from collections.abc import Mapping

from adapters.simulator.records import Movement, Transaction

_IDENTITY = (
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
_TRANSACTION = (*_IDENTITY, "channelType", "currencyCode", "txnAmt", "origQryId", "reqReserved")

MESSAGES = {
    "00": "成功[0000000]",
    "01": "交易失败[0100000]",
    "04": "交易状态未明，请查询对账结果[0400000]",
    "05": "交易已受理，请稍后查询交易结果[0500000]",
    "34": "查无此交易[2600000]",
    "37": "已超过最大查询次数或操作过于频繁[3700000]",
    "98": "文件不存在[9800000]",
}
"""Answer codes of ordinary life with their texts; refusals bring their own."""


def echo(fields: Mapping[str, str], names: tuple[str, ...] = _IDENTITY) -> dict[str, str]:
    """The fields of a request that its answer repeats."""
    return {name: fields[name] for name in names if name in fields}


def result(code: str, prefix: str = "resp") -> dict[str, str]:
    """respCode and respMsg, or with prefix origResp those of the transaction that was asked about."""
    return {f"{prefix}Code": code, f"{prefix}Msg": MESSAGES[code]}


def moved(transaction: Transaction, movement: Movement) -> dict[str, str]:
    """What is said of a transaction whose money moved."""
    return echo(transaction.fields, _TRANSACTION) | {
        "queryId": movement.query_id,
        "traceNo": movement.trace_no,
        "traceTime": f"{movement.at:%m%d%H%M%S}",
        "settleDate": f"{movement.clearing_day:%m%d}",
        "settleAmt": transaction.fields["txnAmt"],
        "settleCurrencyCode": "156",
        "payCardType": "01",
        "accNo": "6216***********0001",
    }


def notification_fields(transaction: Transaction, movement: Movement) -> dict[str, str]:
    """A notification before it is signed. Only money that moved is notified."""
    return moved(transaction, movement) | result("00")


def turned_back(transaction: Transaction) -> dict[str, str]:
    """What the browser brings to the merchant when the payer did not pay. Nothing is notified then."""
    return echo(transaction.fields, _TRANSACTION) | result("01")
