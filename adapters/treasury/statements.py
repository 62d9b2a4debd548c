"""The treasury's statement: message 3139 of its network, GBK XML, one row for each tax voucher that came in."""

import re
from collections.abc import Callable
from datetime import date, datetime
from xml.etree.ElementTree import Element, ParseError

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from adapters.wire.answers import fen_of_yuan
from adapters.wire.download import statement
from adapters.wire.gateway import SignedGateway
from foundation import clock
from settlement.ports.statements import RawStatement, Source, Statement, StatementRow, UnreadableStatement
from settlement.regions import TaxOfficeConfig

_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_KEY = re.compile("[0-9A-Za-z]{1,20}")


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

    def parse(self, raw: RawStatement, day: date) -> Statement:
        """Rows keyed by tax voucher number, the levy number second; `account` is 'subject level treasury'."""
        try:
            root = _tree(raw.raw)
            self._check_head(root, day)
            message = _only(root, "MSG")
            details = message.findall("IncomeDetail3139")
            rows = tuple(self._row(number, detail) for number, detail in enumerate(details, 1))
            self._check_totals(_only(message, "BatchHead3139"), rows, day)
        except UnreadableStatement as error:
            raise UnreadableStatement(f"{raw.file_name}: {error.detail}", **error.facts) from None
        return Statement(self.source, self._region, day, raw.file_name, raw.raw, rows)

    def _check_head(self, root: Element, day: date) -> None:
        head = _only(root, "HEAD")
        for name, expected in (("APP", "TIPS"), ("MsgNo", "3139"), ("WorkDate", f"{day:%Y%m%d}")):
            _expect(head, name, expected)

    def _check_totals(self, head: Element, rows: tuple[StatementRow, ...], day: date) -> None:
        _expect(head, "TreCode", self._treasury)
        _expect(head, "ChkDate", f"{day:%Y%m%d}")
        _expect(head, "AllNum", str(len(rows)))
        total = _fen(head, "AllAmt", "BatchHead3139")
        summed = sum(row.amount_fen for row in rows)
        if total != summed:
            raise UnreadableStatement(f"AllAmt says {total} fen, the details sum to {summed} fen")

    def _row(self, number: int, detail: Element) -> StatementRow:
        where = f"detail {number}"
        _expect(detail, "TreCode", self._treasury, where)
        key, levy = _text(detail, "ExpTaxVouNo", where), _text(detail, "OriOuterLevyNo", where)
        if not _KEY.fullmatch(key):
            raise UnreadableStatement(f"{where}: ExpTaxVouNo {key!r} is no voucher number", line=number)
        subject, level = _text(detail, "BudgetSubjectCode", where), _text(detail, "BudgetLevelCode", where)
        account = f"{subject} {level} {self._treasury}"
        return StatementRow(number, key, levy, _fen(detail, "TraAmt", where), account)


def _tree(raw: bytes) -> Element:
    """Parses the file. It is decoded here, since the XML parser does not know GBK by itself."""
    try:
        text = raw.decode("gbk")
    except UnicodeDecodeError as error:
        raise UnreadableStatement(f"not GBK at byte {error.start}") from None
    declaration = _DECLARATION.match(text)
    encoding = _ENCODING.search(declaration[0]) if declaration else None
    if declaration is None or encoding is None or encoding[1].upper() != "GBK":
        raise UnreadableStatement("the first line is not an XML declaration with encoding GBK")
    try:
        root: Element = fromstring(text[declaration.end() :], forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise UnreadableStatement(f"not well-formed XML: {error}") from None
    if root.tag != "CFX":
        raise UnreadableStatement(f"the outermost element is {root.tag}, expected CFX")
    return root


def _only(parent: Element, name: str) -> Element:
    found = parent.findall(name)
    if len(found) != 1:
        raise UnreadableStatement(f"{parent.tag} has {len(found)} elements {name}, expected one")
    return found[0]


def _text(parent: Element, name: str, where: str) -> str:
    found = parent.findall(name)
    text = (found[0].text or "").strip() if len(found) == 1 else ""
    if not text:
        raise UnreadableStatement(f"{where}: {name} is missing")
    return text


def _expect(parent: Element, name: str, expected: str, where: str = "") -> None:
    where = where or parent.tag
    text = _text(parent, name, where)
    if text != expected:
        raise UnreadableStatement(f"{where}: {name} is {text!r}, expected {expected!r}")


def _fen(parent: Element, name: str, where: str) -> int:
    text = _text(parent, name, where)
    try:
        return fen_of_yuan(text)
    except ValueError:
        raise UnreadableStatement(f"{where}: {name} {text!r} is no amount with two decimals") from None
