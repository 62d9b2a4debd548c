"""The ZME file of ACP: corrections and disputes (差错), beside the day's transactions.

Its lines have neither query id nor order number, so nothing of ours can match them by itself. They become rows with
a key of their own (`ZME`, trace number, transmission time) that reconciliation shows to a person. In which direction
such a line moves money is not written down publicly: the amount stands without sign.
"""

from collections.abc import Iterable

from adapters.unionpay.fixed_width import Layout
from settlement.ports.statements import StatementRow

ZME = Layout(3, 11, 11, 6, 10, 19, 12, 4, 2, 2, 6, 10, 4, 12, 13, 13, 15, 15, 1, 12, 2, 135)


def adjustments(lines: Iterable[bytes], merchant: str) -> tuple[StatementRow, ...]:
    """One row a line, given with its CRLF. UnreadableStatement names the line and the column that is wrong."""
    found = []
    for line in ZME.lines(lines):
        if (shown := line.word(18, "商户代码")) != merchant:
            raise line.wrong(18, "商户代码", shown, merchant)
        key = f"ZME{line.digits(4, '系统跟踪号', 6)}{line.digits(5, '交易传输时间', 10)}"
        found.append(StatementRow(line.number, key, "", int(line.digits(7, "交易金额", 12))))
    return tuple(found)
