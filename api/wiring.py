"""Puts everything together: settings, keys, database, regions and the adapters of their institutions."""

import os
import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from adapters.devices.card_reader import BridgedReader
from adapters.devices.terminal import BridgedTerminal
from adapters.fiscal_papers.client import FiscalPapersClient
from adapters.messages.client import MessagesClient
from adapters.non_tax.client import NonTaxClient
from adapters.non_tax.cnnontax.client import CnnontaxPlatform
from adapters.registry.client import RegistryClient
from adapters.tax_office.client import TaxOfficeClient
from adapters.tax_office.tips.client import TipsTaxOffice
from adapters.tax_office.valuation import ValuationClient
from adapters.tax_papers.client import TaxPapersClient
from adapters.unionpay.acp import AcpChannel
from adapters.unionpay.qra.trade import QraTrade
from adapters.unionpay.ums.bills import UmsBills
from api.statement_sources import sources_of
from api.tokens import TokenSigner
from foundation.database import engine
from foundation.errors import BadInput
from foundation.sealing import Seal
from foundation.settings import Settings
from settlement.book import OurBook
from settlement.channels import AcpChannel as AcpContract
from settlement.channels import Channel
from settlement.channels import QraChannel as QraContract
from settlement.channels import UmsChannel as UmsContract
from settlement.districts.serving import Districts, read_files
from settlement.exchanges.journal import DatabaseJournal
from settlement.office import Institutions, Office
from settlement.ports.channel import PaymentChannel
from settlement.ports.journal import Journal
from settlement.ports.non_tax import NonTaxPlatform
from settlement.ports.statements import StatementSource
from settlement.ports.tax_office import TaxOffice
from settlement.regions import Region

EXAMPLE_REGIONS = Path(__file__).resolve().parent.parent / "deploy" / "regions"


@dataclass(frozen=True, slots=True)
class House:
    """A Heyi put together: what the HTTP interface, the pages, the jobs and the command line work with."""

    office: Office
    districts: Districts
    book: OurBook
    sources: Mapping[str, tuple[StatementSource, ...]]
    signer: TokenSigner
    session_minutes: int
    client: httpx.AsyncClient

    async def take_up_districts(self) -> None:
        """Serves each region as it is configured for today."""
        async with self.office.database.connect() as db:
            await self.districts.take_up(db)

    async def close(self) -> None:
        """Gives back connections."""
        await self.client.aclose()
        await self.office.database.dispose()


def build(settings: Settings, database_url: str, keys: Path, environment: Mapping[str, str] | None = None) -> House:
    """Builds the house on a migrated database. `keys`: where keys that are not in the settings are kept.

    `environment` gives the variables of the region files; by default that of the process.
    """
    files = read_files(settings.regions or EXAMPLE_REGIONS, environment or os.environ)
    client = httpx.AsyncClient(
        verify=_roots_of_trust(), timeout=httpx.Timeout(10.0, connect=5.0), follow_redirects=False
    )
    database = engine(database_url)
    seal = Seal(bytes.fromhex(_key(settings.data_key, keys / "data.key")))

    def journal(region: str, network: str) -> Journal:
        return DatabaseJournal(database, seal, region, network)

    institutions: dict[str, Institutions] = {}
    sources: dict[str, tuple[StatementSource, ...]] = {}

    def rewire(region: Region) -> None:
        institutions[region.region] = _institutions(region, client, journal)
        sources[region.region] = sources_of(region, client)

    districts = Districts(files, rewire)
    office = Office(
        database=database,
        seal=seal,
        regions=districts.regions,
        institutions=institutions,
        public_url=settings.public_url,
    )
    return House(
        office=office,
        districts=districts,
        book=OurBook(districts.regions),
        sources=sources,
        signer=TokenSigner(_key(settings.token_key, keys / "token.key")),
        session_minutes=settings.session_minutes,
        client=client,
    )


@cache
def _roots_of_trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _institutions(region: Region, client: httpx.AsyncClient, journal: Callable[[str, str], Journal]) -> Institutions:
    return Institutions(
        channel=_channel(region.channel, client),
        tax_office=_tax_office(region, client, journal),
        valuation=ValuationClient(region.tax_office, client),
        non_tax=_non_tax(region, client, journal),
        registry=RegistryClient(region.registry, client),
        tax_papers=TaxPapersClient(region.tax_office, client),
        fiscal_papers=FiscalPapersClient(region.non_tax, client),
        messenger=MessagesClient(region.messages, client) if region.messages else None,
        terminals={number: BridgedTerminal(number, one, client) for number, one in region.terminals.items()},
        readers={
            number: BridgedReader(number, one.reader, client) for number, one in region.kiosks.items() if one.reader
        },
    )


def _channel(contract: Channel, client: httpx.AsyncClient) -> PaymentChannel:
    """The channel of a contract."""
    match contract:
        case AcpContract():
            return AcpChannel(contract, client)
        case UmsContract():
            return UmsBills(contract, client)
        case QraContract():
            return QraTrade(contract, client)


def _tax_office(region: Region, client: httpx.AsyncClient, journal: Callable[[str, str], Journal]) -> TaxOffice:
    """Taxes go over TIPS, or to the province's gateway."""
    tips = region.tax_office.tips
    if tips is None:
        return TaxOfficeClient(region.tax_office, client)
    return TipsTaxOffice(region.tax_office, tips, client, journal(region.region, "tips"))


def _non_tax(region: Region, client: httpx.AsyncClient, journal: Callable[[str, str], Journal]) -> NonTaxPlatform:
    """Fees go over CNNONTAX, or to the province's gateway."""
    line = region.non_tax.cnnontax
    if line is None:
        return NonTaxClient(region.non_tax, client)
    return CnnontaxPlatform(region.region, region.non_tax, line, journal(region.region, "cnnontax"))


def _key(given: object, kept: Path) -> str:
    """A key of 64 hex digits from the settings, or one made once and kept for its owner only."""
    text = given.get_secret_value() if given is not None and hasattr(given, "get_secret_value") else None
    if text is None:
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        text = kept.read_text(encoding="ascii")
    if len(text) != 64 or any(char not in "0123456789abcdef" for char in text):
        raise BadInput(kept.stem, f"{len(text)} characters", "64 hex digits in small letters")
    return text
