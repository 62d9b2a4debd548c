"""ACP's settlement files as a source of statements."""

import re
from collections.abc import Callable
from datetime import date, datetime
from zipfile import ZipFile

import httpx

from adapters.unionpay import archive, codes
from adapters.unionpay.adjustment_file import ZME, adjustments
from adapters.unionpay.gateway import AcpGateway
from adapters.unionpay.settlement_file import ZM, records, rows
from adapters.wire.beijing import stamp
from foundation import clock
from foundation.errors import Unavailable
from settlement.ports.channel import Unauthentic
from settlement.ports.statements import RawStatement, Source, Statement, StatementRow, UnreadableStatement
from settlement.regions import AcpChannel as AcpConfig

_REQUEST = {"txnType": "76", "txnSubType": "01", "bizType": "000000", "fileType": "00"}
_MOST_BYTES = 384 << 20  # base64 of the largest ZIP
_MEMBER = re.compile(r"INN(?P<day>[0-9]{6})[0-9]{2}(?P<kind>ZME?)_(?P<merchant>[0-9A-Za-z]{15})(\.txt)?")
_PLAIN_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,120}")


class AcpStatements:
    """Implements `settlement.ports.statements.StatementSource`; a day is ACP's clearing day, 23:00 to 23:00."""

    source = Source.channel

    def __init__(
        self, config: AcpConfig, region: str, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._gateway = AcpGateway(config, client, now)
        self._merchant = config.merchant
        self._region = region

    async def fetch(self, day: date) -> RawStatement | None:
        """The day's ZIP. None where UnionPay says that the file is not there (98); it is, from about 09:00."""
        mmdd = f"{day:%m%d}"
        request = {**_REQUEST, "settleDate": mmdd, "txnTime": stamp(self._gateway.now())}
        address = self._gateway.config.file_download.rstrip("/") + "/"
        answer = await self._gateway.ask(address, request, _MOST_BYTES)
        code = answer.get("respCode", "")
        if code == codes.NO_FILE:
            return None
        if code != codes.DONE:
            raise Unavailable(f"UnionPay gave no file: {code} {answer.get('respMsg', '')}", resp_code=code)
        if answer.get("settleDate", mmdd) != mmdd:
            raise Unauthentic(f"the answer is about {answer['settleDate']}, asked was {mmdd}")
        name = answer.get("fileName", "")
        if not _PLAIN_NAME.fullmatch(name):
            name = f"{self._merchant}_{day:%Y%m%d}.zip"
        return RawStatement(name, _zipped(answer.get("fileContent", "")))

    def parse(self, raw: RawStatement, day: date) -> Statement:
        """One row a transaction, keyed by query id, the order number second, then the day's adjustments."""
        try:
            with archive.opened(raw.raw) as opened:
                found = self._transactions(opened, day) + self._adjustments(opened, day)
        except UnreadableStatement as error:
            raise UnreadableStatement(f"{raw.file_name}: {error.detail}", **error.facts) from None
        return Statement(self.source, self._region, day, raw.file_name, raw.raw, found)

    def _transactions(self, opened: ZipFile, day: date) -> tuple[StatementRow, ...]:
        names = self._members(opened, "ZM", day)
        if len(names) != 1:
            raise UnreadableStatement(f"the ZIP has {len(names)} ZM files, expected one: {opened.namelist()}")
        with opened.open(names[0]) as file:
            return rows(records(archive.lines(file, ZM.line_bytes + 3)), self._merchant)

    def _adjustments(self, opened: ZipFile, day: date) -> tuple[StatementRow, ...]:
        found: tuple[StatementRow, ...] = ()
        for name in self._members(opened, "ZME", day):
            with opened.open(name) as file:
                found += adjustments(archive.lines(file, ZME.line_bytes + 3), self._merchant)
        return found

    def _members(self, opened: ZipFile, kind: str, day: date) -> list[str]:
        """The members of a kind. The year of the day is in their names only."""
        named = [match for info in opened.infolist() if (match := _MEMBER.fullmatch(info.filename))]
        for match in named:
            if (match["day"], match["merchant"]) != (f"{day:%y%m%d}", self._merchant):
                raise UnreadableStatement(f"{match[0]} is not of {day} and merchant {self._merchant}")
        return [match[0] for match in named if match["kind"] == kind]


def _zipped(content: str) -> bytes:
    """The ZIP's bytes; where the wrapping is broken what came, so that it is kept and refused as a statement."""
    try:
        return archive.unwrapped(content)
    except UnreadableStatement:
        return content.encode()
