"""The ZME file of ACP: corrections and disputes (差错), beside the day's transactions.

Its lines have neither query id nor order number, so nothing of ours can match them by itself. They become rows with
a key of their own (`ZME`, trace number, transmission time) that reconciliation shows to a person. In which direction
such a line moves money is not written down publicly: the amount stands without sign.
"""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from adapters.unionpay.fixed_width import Batch, Layout, is_of_merchant
from adapters.wire.unread import Unread
from settlement.ports.columns import ROWS
from settlement.ports.statements import ADJUSTMENT

_TRACE, _TIME, _AMOUNT, _MERCHANT = 4, 5, 7, 18
ZME = Layout(
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 2, 6, 10, 4, 12, 13, 13, 15, 15, 1, 12, 2, 135),
    names={_TRACE: "系统跟踪号", _TIME: "交易传输时间", _AMOUNT: "交易金额", _MERCHANT: "商户代码"},
)


def read_adjustments(chunks: Iterable[bytes], merchant: str, unread: Unread) -> pa.Table:
    """One row a line. UnreadableStatement as for the transactions."""
    return pa.concat_tables([ROWS.empty_table(), *(_rows(batch, merchant) for batch in ZME.batches(chunks, unread))])


def _rows(batch: Batch, merchant: str) -> pa.Table:
    is_of_merchant(batch, _MERCHANT, merchant)
    batch.digits(_TRACE, 6)
    batch.digits(_TIME, 10)
    amount = batch.digits(_AMOUNT, 12)
    key = pc.binary_join_element_wise("ZME", batch.words(_TRACE), batch.words(_TIME), "")
    empty, account = pa.repeat("", len(amount)), pa.repeat(ADJUSTMENT, len(amount))
    return batch.sound({"key": key, "second_key": empty, "amount_fen": amount, "account": account})
