"""What every room of the settlement works with: the database, the seal, the regions and their institutions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from foundation.database import Database
from foundation.sealing import Seal
from settlement.ports.card_reader import CardReader
from settlement.ports.channel import PaymentChannel
from settlement.ports.fiscal_papers import FiscalPapers
from settlement.ports.messages import Messenger
from settlement.ports.non_tax import NonTaxPlatform
from settlement.ports.registry import Registry
from settlement.ports.tax_office import TaxOffice
from settlement.ports.tax_papers import TaxPapers
from settlement.ports.terminal import CardTerminal
from settlement.ports.valuation import Valuation
from settlement.regions import Region, the_region


@dataclass(frozen=True, slots=True)
class Institutions:
    """The outside systems of one region; no messenger where it sends no texts.

    `terminals` by their numbers, `readers` by those of their kiosks.
    """

    channel: PaymentChannel
    tax_office: TaxOffice
    valuation: Valuation
    non_tax: NonTaxPlatform
    registry: Registry
    tax_papers: TaxPapers
    fiscal_papers: FiscalPapers
    messenger: Messenger | None
    terminals: Mapping[str, CardTerminal] = field(default_factory=dict)
    readers: Mapping[str, CardReader] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Office:
    """Put together once by the floor above and handed to every room."""

    database: Database
    seal: Seal
    regions: Mapping[str, Region]
    institutions: Mapping[str, Institutions]
    public_url: str

    def region(self, code: str) -> Region:
        """The configuration of a region, or NotFound."""
        return the_region(self.regions, code)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person with a role, or the system itself. Recorded with every transition.

    `window` is the code of the window at which they sit, where that is known.
    """

    name: str
    role: str
    window: str | None = None


SYSTEM = Actor("heyi", "system")
