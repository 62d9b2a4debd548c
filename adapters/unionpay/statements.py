"""ACP's settlement files as a source of statements."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from zipfile import ZipFile

import httpx
import pyarrow as pa

from adapters.unionpay import codes
from adapters.unionpay.adjustment_file import read_adjustments
from adapters.unionpay.gateway import AcpGateway
from adapters.unionpay.settlement_file import read_transactions
from adapters.unionpay.settlement_lines import LAYOUTS, Contract, Told
from adapters.unionpay.wrapping import unwrapped
from adapters.wire import archive
from adapters.wire.beijing import stamp
from adapters.wire.unread import Unread
from foundation import clock
from foundation.errors import Unavailable
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Unauthentic
from settlement.ports.statements import Beside, RawStatement, Source, Statement, UnreadableStatement

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
        self._contract = Contract(LAYOUTS[config.zm_layout], config.merchant, config.test_cards)
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
        unread, told = Unread(), Told()
        try:
            with archive.opened(raw.raw) as opened:
                found = pa.concat_tables(
                    [self._transactions(opened, day, unread, told), *self._adjustments(opened, day, unread)]
                )
            left = unread.among(len(found))
        except UnreadableStatement as error:
            raise error.within(raw.file_name) from None
        beside = Beside(told.originals, told.discounts, told.part_sums)
        return Statement(self.source, self._region, day, raw.file_name, raw.raw, found, left, beside=beside)

    def _transactions(self, opened: ZipFile, day: date, unread: Unread, told: Told) -> pa.Table:
        names = self._members(opened, "ZM", day)
        if len(names) != 1:
            raise UnreadableStatement(
                f"the ZIP has {len(names)} ZM files, expected one: {opened.namelist()}", kind="F0-5"
            )
        return read_transactions(archive.Member(opened, names[0]), self._contract, unread, told)

    def _adjustments(self, opened: ZipFile, day: date, unread: Unread) -> Iterator[pa.Table]:
        for name in self._members(opened, "ZME", day):
            with opened.open(name) as file:
                yield read_adjustments(archive.chunks(file), self._merchant, unread)

    def _members(self, opened: ZipFile, kind: str, day: date) -> list[str]:
        """The members of a kind. The year of the day is in their names only."""
        named = [match for info in opened.infolist() if (match := _MEMBER.fullmatch(info.filename))]
        for match in named:
            if (match["day"], match["merchant"]) != (f"{day:%y%m%d}", self._merchant):
                raise UnreadableStatement(f"{match[0]} is not of {day} and merchant {self._merchant}", kind="F0-8")
        return [match[0] for match in named if match["kind"] == kind]


def _zipped(content: str) -> bytes:
    """The ZIP's bytes; where the wrapping is broken what came, so that it is kept and refused as a statement."""
    try:
        return unwrapped(content)
    except UnreadableStatement:
        return content.encode()
