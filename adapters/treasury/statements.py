"""The treasury's statement: message 3139 of its network, GBK XML, one row for each tax voucher that came in."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

import httpx
import pyarrow as pa
import pyarrow.compute as pc

from adapters.treasury.cfx import DETAIL, SESSION, File, Group, read_file
from adapters.treasury.sessions import counted, said_of
from adapters.wire.amounts import fen_of_column
from adapters.wire.download import statement
from adapters.wire.gateway import SignedGateway
from adapters.wire.text_lines import sound
from adapters.wire.unread import Unread
from foundation import clock
from foundation.money import plain_yuan
from settlement.ports.columns import ROWS, sum_fen
from settlement.ports.statements import Batch, RawStatement, Source, Statement, UnreadableStatement
from settlement.regions import TaxOfficeConfig

_KEY = "^[0-9A-Za-z]{1,20}$"


class TreasuryStatements:
    """Implements `settlement.ports.statements.StatementSource` for the treasury of one region."""

    source = Source.treasury

    def __init__(
        self,
        config: TaxOfficeConfig,
        region: str,
        client: httpx.AsyncClient,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._treasury = config.treasury
        self._region = region
        self._gateway = SignedGateway(config, client, "the treasury", now)

    async def fetch(self, day: date) -> RawStatement | None:
        """The statement of one of the treasury's work days."""
        path = f"/treasury/v1/statements/{self._treasury}/{day}"
        return await statement(self._gateway, path, f"{self._treasury}_{day:%Y%m%d}.xml")

    async def totals(self, day: date) -> Sequence[Batch]:
        """The batches of a running work day that are over by now."""
        raw = await statement(self._gateway, self._of_batches(day), f"{self._treasury}_{day:%Y%m%d}_totals.xml")
        if raw is None:
            return ()
        file = self._opened(raw, day)
        return said_of(file.sessions, file.totals, whole=False)

    async def batch(self, day: date, number: str) -> RawStatement | None:
        """The rows of one of them."""
        named = f"{self._treasury}_{day:%Y%m%d}_{number}.xml"
        return await statement(self._gateway, f"{self._of_batches(day)}/{number}", named)

    def _of_batches(self, day: date) -> str:
        return f"/treasury/v1/batches/{self._treasury}/{day}"

    def parse_batch(self, raw: RawStatement, day: date) -> Statement:
        """As `parse`, of a part of the day."""
        return self._read(raw, day, whole=False)

    def parse(self, raw: RawStatement, day: date) -> Statement:
        """Rows keyed by tax voucher number, the levy number second; `account` is 'subject level treasury'."""
        return self._read(raw, day, whole=True)

    def _opened(self, raw: RawStatement, day: date) -> File:
        """A file of this treasury and day."""
        file = read_file(raw.raw)
        file.head.expect({"APP": "TIPS", "MsgNo": "3139"}, kind="F0-5")
        file.head.expect({"WorkDate": f"{day:%Y%m%d}"}, kind="F0-8")
        file.totals.expect({"TreCode": self._treasury, "ChkDate": f"{day:%Y%m%d}"}, kind="F0-8")
        return file

    def _read(self, raw: RawStatement, day: date, *, whole: bool) -> Statement:
        unread = Unread()
        try:
            file = self._opened(raw, day)
            said = said_of(file.sessions, file.totals, whole=whole)
            rows = self._rows(file.details, [one.number for one in said], unread)
            _check_totals(file.totals, rows, unread)
            sessions = () if unread.count else counted(said, rows[SESSION], rows["amount_fen"])
            left = unread.among(len(rows))
        except UnreadableStatement as error:
            raise error.within(raw.file_name) from None
        columns = rows.select(ROWS.names)
        return Statement(self.source, self._region, day, raw.file_name, raw.raw, columns, left, sessions)

    def _rows(self, details: pa.Table, sessions: Sequence[str], unread: Unread) -> pa.Table:
        """The rows that can be read, in the columns of a statement and with their batch."""
        foreign = pc.not_equal(details["TreCode"], self._treasury)
        amount, right = fen_of_column(details["TraAmt"])
        details = details.append_column("amount_fen", amount)
        missing = [(pc.equal(details[name], ""), f"{name} is missing") for name in DETAIL]
        wrong = [
            *missing,
            (pc.invert(pc.match_substring_regex(details["ExpTaxVouNo"], _KEY)), "{ExpTaxVouNo!r} is no voucher number"),
            (pc.invert(right), "TraAmt {TraAmt!r} is no amount with two decimals"),
            (
                pc.invert(pc.is_in(details[SESSION], pa.array(sessions or [""]))),
                f"{SESSION} {{{SESSION}!r}} is no batch of this file",
            ),
        ]
        good = sound(details, wrong, unread)
        if pc.any(pc.and_(foreign, pc.not_equal(details["TreCode"], ""))).as_py():
            other = details.filter(foreign).slice(0, 1).to_pylist()[0]
            detail = f"detail {other['line_no']}: TreCode is {other['TreCode']!r}, expected {self._treasury}"
            raise UnreadableStatement(detail, kind="F0-8", line=other["line_no"])
        account = pc.binary_join_element_wise(good["BudgetSubjectCode"], good["BudgetLevelCode"], good["TreCode"], " ")
        columns = [good["line_no"], good["ExpTaxVouNo"], good["OriOuterLevyNo"], good["amount_fen"], account]
        return pa.table(columns, schema=ROWS).append_column(SESSION, good[SESSION])


def _check_totals(totals: Group, rows: pa.Table, unread: Unread) -> None:
    """Count and sum of the head. Where a detail could not be read, its money is what the sum lacks."""
    totals.expect({"AllNum": str(len(rows) + unread.count)}, kind="F0-4")
    summed = plain_yuan(sum_fen(rows))
    if not unread.count and totals.text("AllAmt") != summed:
        raise UnreadableStatement(f"AllAmt says {totals.text('AllAmt')}, the details sum to {summed}")
