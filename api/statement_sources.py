"""Which statements a region compares, and how each of them comes: from the institution, by SFTP, or brought."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import httpx

from adapters.non_tax.statements import NonTaxStatements
from adapters.treasury.statements import TreasuryStatements
from adapters.unionpay.statements import AcpStatements
from adapters.wire.download import SignedFolder
from adapters.wire.sftp import SftpFolder
from adapters.wire.text_table import TableReader
from settlement.channels import AcpChannel
from settlement.ports.statements import RawStatement, Source, Statement, StatementSource
from settlement.regions import Region
from settlement.statement_files import StatementWay


class _Folder(Protocol):
    async def fetch(self, day: date) -> RawStatement | None: ...


class _Reader(Protocol):
    def parse(self, raw: RawStatement, day: date) -> Statement: ...


@dataclass(frozen=True, slots=True)
class Filed:
    """Statements that come as files, whoever brings them. Without a folder they are uploaded."""

    source: Source
    reader: _Reader
    folder: _Folder | None

    async def fetch(self, day: date) -> RawStatement | None:
        """The file of a day from the folder; None while it is not there or has to be brought."""
        return await self.folder.fetch(day) if self.folder else None

    def parse(self, raw: RawStatement, day: date) -> Statement:
        """As the reader."""
        return self.reader.parse(raw, day)


def sources_of(region: Region, client: httpx.AsyncClient) -> tuple[StatementSource, ...]:
    """The sources of a region, in the order in which they are compared."""
    found: dict[Source, StatementSource] = {
        Source.treasury: TreasuryStatements(region.tax_office, region.region, client),
        Source.non_tax: NonTaxStatements(region.non_tax, region.region, client),
    }
    if isinstance(region.channel, AcpChannel):
        found = {Source.channel: AcpStatements(region.channel, region.region, client), **found}
    for source, way in region.statements.items():
        if way.by != "institution":
            found[source] = _filed(region, source, way, found.get(source), client)
    return tuple(found[source] for source in Source if source in found)


def _filed(
    region: Region, source: Source, way: StatementWay, own: StatementSource | None, client: httpx.AsyncClient
) -> Filed:
    folder: _Folder | None = SftpFolder(way.sftp) if way.sftp else None
    if way.https:
        folder = SignedFolder(way.https, client)
    if way.table:
        return Filed(source, TableReader(source, region.region, way.table, way.merchant), folder)
    assert own is not None  # the region's configuration was checked
    return Filed(source, own, folder)
