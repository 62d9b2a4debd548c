"""ACP's settlement files as a source of statements."""

import re
from collections.abc import Callable
from datetime import date, datetime
from zipfile import ZipFile

import httpx

from adapters.unionpay import archive, codes
from adapters.unionpay.gateway import AcpGateway
from adapters.unionpay.settlement_file import LINE_BYTES, records, rows
from adapters.wire.beijing import stamp
from foundation import clock
from foundation.errors import Unavailable
from settlement.ports.channel import Unauthentic
from settlement.ports.statements import RawStatement, Source, Statement, StatementRow, UnreadableStatement
from settlement.regions import AcpChannel as AcpConfig

_REQUEST = {"txnType": "76", "txnSubType": "01", "bizType": "000000", "fileType": "00"}
_MOST_BYTES = 384 << 20  # base64 of the largest ZIP
_ZM = re.compile(r"INN(?P<day>[0-9]{6})[0-9]{2}ZM_(?P<merchant>[0-9A-Za-z]{15})(\.txt)?")
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
        return RawStatement(name, archive.unwrapped(answer.get("fileContent", "")))

    def parse(self, raw: RawStatement, day: date) -> Statement:
        """One row a transaction, keyed by query id, the order number second."""
        try:
            with archive.opened(raw.raw) as opened:
                found = self._rows(opened, self._member(opened, day))
        except UnreadableStatement as error:
            raise UnreadableStatement(f"{raw.file_name}: {error.detail}", **error.facts) from None
        return Statement(self.source, self._region, day, raw.file_name, raw.raw, found)

    def _member(self, opened: ZipFile, day: date) -> str:
        named = [found for info in opened.infolist() if (found := _ZM.fullmatch(info.filename))]
        if len(named) != 1:
            raise UnreadableStatement(f"the ZIP has {len(named)} ZM files, expected one: {opened.namelist()}")
        if (named[0]["day"], named[0]["merchant"]) != (f"{day:%y%m%d}", self._merchant):
            raise UnreadableStatement(f"{named[0][0]} is not of {day} and merchant {self._merchant}")
        return named[0][0]

    def _rows(self, opened: ZipFile, name: str) -> tuple[StatementRow, ...]:
        with opened.open(name) as file:
            return rows(records(archive.lines(file, LINE_BYTES + 3)), self._merchant)
