"""How fast the adapters read raw statements to columns: fixed-width GBK, CSV and XML, in MB of file a second."""

import time
from collections.abc import Callable, Mapping
from datetime import date
from io import BytesIO

import httpx
import numpy as np

from adapters.non_tax.statements import NonTaxStatements
from adapters.treasury.statements import TreasuryStatements
from adapters.unionpay.settlement_file import read_transactions
from adapters.unionpay.settlement_lines import LAYOUTS, Contract, Told
from adapters.wire import archive
from adapters.wire.unread import Unread
from settlement.ports.statements import RawStatement
from settlement.regions import NonTaxConfig, TaxOfficeConfig

DAY = date(2026, 3, 2)
MERCHANT, RECEIVERS = "898341502000001", (b"898341502000101", b"898341502000201")
_GATEWAY = {"address": "http://nowhere.invalid", "app_id": "bench", "secret_file": "bench.secret"}
_STARTS = {7: 66, 10: 87, 12: 112, 20: 215, 28: 293, 30: 311, 31: 327, 32: 360}  # column: offset (facts: channels D.2)
_RUNS = 3


def settlement_lines(lines: int, first: int = 0) -> bytes:
    """A ZM file of 607 bytes a line and CRLF, or a piece of it: each transaction in two lines, one a receiver."""
    line = bytearray(b" " * 607 + b"\r\n")
    texts = {7: "000000024690", 20: "01", 28: MERCHANT, 31: "六安市金安区国库", 32: "C000000012345"}
    for column, text in texts.items():
        cell = text.encode("gbk")
        line[_STARTS[column] : _STARTS[column] + len(cell)] = cell
    cells = np.tile(np.frombuffer(bytes(line), dtype=np.uint8), (lines, 1))
    number = np.char.zfill(((first + np.arange(lines)) // 2).astype("S21"), 21).view(np.uint8).reshape(lines, 21)
    cells[:, _STARTS[10] : _STARTS[10] + 21] = number
    cells[:, _STARTS[12] : _STARTS[12] + 20] = number[:, 1:]
    receivers = np.array(RECEIVERS)[np.arange(lines) % 2].view(np.uint8).reshape(lines, 15)
    cells[:, _STARTS[30] : _STARTS[30] + 15] = receivers
    return cells.tobytes()


def fixed_width(lines: int) -> float:
    """Through the reader of ACP's settlement files, piece by piece as from the archive."""
    raw = settlement_lines(lines)

    def read() -> int:
        contract = Contract(LAYOUTS["5.1"], MERCHANT)
        return len(read_transactions(archive.chunks(BytesIO(raw)), contract, Unread(), Told()))

    return _speed(len(raw), read, lines // 2)


def csv(rows: int) -> float:
    """Through the reader of the non-tax account's statements."""
    body = "".join(f"D,{n:020d},C{n:09d},103043211001,80.00,{n:021d}\n" for n in range(rows))
    raw = f"H,3415020001,{DAY}\n{body}T,{rows},{rows * 80}.00\n".encode()
    config = NonTaxConfig.model_validate({**_GATEWAY, "unit": "3415020001", "items": {}})
    source = NonTaxStatements(config, "341502", httpx.AsyncClient())
    return _speed(len(raw), lambda: len(source.parse(RawStatement("f.csv", raw), DAY).columns), rows)


def xml(rows: int) -> float:
    """Through the reader of the treasury's statements."""
    details = "".join(
        f"<IncomeDetail3139><TreCode>1205010000</TreCode><ExpTaxVouNo>{n:018d}</ExpTaxVouNo><BudgetType>1</BudgetType>"
        "<BudgetLevelCode>4</BudgetLevelCode><BudgetSubjectCode>101190101</BudgetSubjectCode><TraAmt>15000.00</TraAmt>"
        f"<OriOuterLevyNo>{n:020d}</OriOuterLevyNo></IncomeDetail3139>\n"
        for n in range(rows)
    )
    raw = (
        '<?xml version="1.0" encoding="GBK"?>\n<CFX><HEAD><APP>TIPS</APP><MsgNo>3139</MsgNo>'
        f"<WorkDate>{DAY:%Y%m%d}</WorkDate></HEAD><MSG><BatchHead3139><TreCode>1205010000</TreCode>"
        f"<ChkDate>{DAY:%Y%m%d}</ChkDate><AllNum>{rows}</AllNum><AllAmt>{rows * 15000}.00</AllAmt></BatchHead3139>"
        f"{details}</MSG></CFX>"
    ).encode("gbk")
    config = TaxOfficeConfig.model_validate({**_GATEWAY, "office_code": "13415020000", "treasury": "1205010000"})
    source = TreasuryStatements(config, "341502", httpx.AsyncClient())
    return _speed(len(raw), lambda: len(source.parse(RawStatement("f.xml", raw), DAY).columns), rows)


def _speed(size: int, read: Callable[[], int], rows: int) -> float:
    """MB a second of the best of a few runs; each must give all rows."""
    seconds = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        found = read()
        seconds.append(time.perf_counter() - start)
        assert found == rows, f"{found} of {rows} rows"
    return size / 1e6 / min(seconds)


def parse_speeds() -> Mapping[str, float]:
    """MB a second by format."""
    return {"fixed-width GBK": fixed_width(400_000), "CSV": csv(400_000), "XML": xml(50_000)}
