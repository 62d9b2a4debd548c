"""A region's configuration: its institutions, accounts, item codes and merchants.

One YAML file a region, named by its six digits. `${NAME}` in a value stands for the environment variable,
`${NAME:-text}` for the text where there is none. Nothing of
one province is in the code; what the facts are unsure of (codes, accounts, forms) is here.
"""

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from foundation.errors import BadInput, NotFound
from foundation.yaml_text import parse_yaml
from settlement.calendars import Holidays, Hours, SourceHours, load_holidays
from settlement.channels import AcpChannel, Channel, UmsChannel
from settlement.devices import KioskConfig, TerminalConfig
from settlement.gateways import Gateway
from settlement.monthly_payers import MonthlyPayers
from settlement.ports.statements import Source
from settlement.statement_files import StatementWay

__all__ = [
    "FeeItemCode",
    "Gateway",
    "NonTaxConfig",
    "Region",
    "TaxOfficeConfig",
    "filled",
    "load_region",
    "load_regions",
    "read_region",
    "the_region",
]

_Region = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
_Device = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,16}$")]
PriceBasis = Literal["commitment", "valuation"]
"""What is taxed: the contract's price by the taxpayer's commitment (承诺制), or at least the tax office's valuation."""

_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)(?::-([^}]*))?\}")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


OpStat = Literal["done", "failed", "at_work", "unknown"]


class TipsConfig(_Section):
    """Payment of taxes over TIPS (财税库银横向联网) by 银行端查询缴税 (docs/protocols.md, section 8).

    `address` is the front of the node that sends for us: that of the channel's clearing bank. `account` is what it
    names as the payer. What the digits of a status answer (9004, OpStat) mean is not public, so it stands here.
    """

    address: str
    node: Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
    bank_name: str
    opening_bank: Annotated[str, StringConstraints(pattern=r"^\d{1,12}$")]
    account: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,32}$")]
    op_stat: Mapping[str, OpStat] = {"0": "unknown", "1": "done", "2": "failed", "3": "at_work"}


class TaxOfficeConfig(Gateway):
    """The tax office that collects here, and the treasury that its money goes to.

    With `tips`, payments go over that network; without, to the province's gateway like everything else. `subjects` are
    the budget subjects that an item may come in under, this year's; an item without one is not checked.
    """

    office_code: Annotated[str, StringConstraints(pattern=r"^\d{11}$")]
    treasury: Annotated[str, StringConstraints(pattern=r"^\d{10}$")]
    tips: TipsConfig | None = None
    subjects: Mapping[str, tuple[str, ...]] = {}


class FeeItemCode(_Section):
    """Finance's code and name for a fee."""

    code: str
    name: str


FeeStand = Literal["unpaid", "in_account", "passed_on", "void", "sent_back"]


class NonTaxAccount(_Section):
    """The account of finance into which fees go: its name, number and bank."""

    name: str
    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,40}$")]
    bank: str


class Listening(_Section):
    """Where this side listens for what an institution pushes."""

    host: str
    port: Annotated[int, Field(ge=0, le=65535)]


class CnnontaxConfig(_Section):
    """Finance's socket interface (docs/protocols.md, section 9); the shared token is what `secret_file` holds.

    `socket` is host:port. `pay_code` is the province's form of a pay code. What PayStats mean and which results name a
    repetition is not public, so it stands here. `push` is where finance pushes its confirmations (5996), if it does.
    """

    socket: Annotated[str, StringConstraints(pattern=r"^[^\s:]+:\d{1,5}$")]
    finance_node: Annotated[str, StringConstraints(pattern=r"^F\d{6}$")]
    unit_node: Annotated[str, StringConstraints(pattern=r"^K\d{10}$")]
    unit_name: str
    account: NonTaxAccount
    pay_code: str = "{region}{year:02d}30{serial:010d}"
    pay_stats: Mapping[str, FeeStand] = {
        "0": "unpaid",
        "1": "in_account",
        "2": "passed_on",
        "3": "void",
        "4": "sent_back",
    }
    repeated: tuple[str, ...] = ()
    push: Listening | None = None


class NonTaxConfig(Gateway):
    """The finance office's platform: the collecting unit, and its codes for each of our fee items and property uses.

    With `cnnontax`, pay codes and confirmations go over that interface; without, to the province's gateway.

    `items` maps 'registration_fee.residential', 'registration_fee.other', 'certificate_fee' to finance's items.
    """

    unit: str
    items: Mapping[str, FeeItemCode]
    sums_equal_items: bool = True
    drops_zero_items: bool = True
    cnnontax: CnnontaxConfig | None = None


class RegistryConfig(_Section):
    """Where the registry hears of clearances, and what it waits for.

    `verify_certificates`: each certificate is looked up at the tax office before the answer is yes (双向核验).
    """

    address: str
    secret_file: Path
    verify_certificates: bool = True
    loop_days: int = Field(30, ge=1, le=365, description="from cleared to registered and told; then on the risk list")


class Names(_Section):
    """A name in both languages of the pages."""

    zh: str
    en: str


class StuckAfter(_Section):
    """Minutes after payment at which a line that has not arrived becomes a case, for the treasury and for finance."""

    tax_minutes: int = Field(1440, ge=1)
    non_tax_minutes: int = Field(1440, ge=1)


class ChannelFee(_Section):
    """What the channel takes by its contract of each payment that it settles to an account; a refund gives none back.

    `shown`: the bank shows the fee, as a debit of its own or beside a net credit. Where it is not shown the credit is
    net, and only the contract explains it.
    """

    rate: Annotated[Decimal, Field(ge=0, lt=1)]
    least_fen: int = Field(0, ge=0)
    most_fen: int | None = Field(None, ge=0)
    shown: bool = True


class Region(_Section):
    """Everything that a district decides for itself."""

    region: _Region
    name: Names
    authority: Names
    window_phone: str
    items: tuple[str, ...] = Field(description="the items that a bill of this region collects")
    price_bases: tuple[PriceBasis, ...] = Field(("commitment",), min_length=1, description="the first one unless told")
    code_valid_minutes: int = Field(1440, ge=10, le=43200)
    channel: Channel
    tax_office: TaxOfficeConfig
    non_tax: NonTaxConfig
    registry: RegistryConfig
    stuck_after: StuckAfter = StuckAfter()
    messages: Gateway | None = Field(None, description="the gateway of texts to payers; none: no texts are sent")
    statements: Mapping[Source, StatementWay] = Field({}, description="where they do not come from the institution")
    hours: Mapping[Source, SourceHours] = Field({}, description="where a source keeps other hours than most")
    holidays: Holidays = Field(Holidays(), description="the country's, from `holidays.yaml`")
    monthly_payers: MonthlyPayers | None = Field(None, description="none: everybody pays bill by bill")
    channel_fee: ChannelFee | None = Field(None, description="by contract; none: the channel takes none")
    terminals: Mapping[_Device, TerminalConfig] = Field({}, description="card terminals, by their numbers")
    kiosks: Mapping[_Device, KioskConfig] = Field({}, description="self-service kiosks, by their numbers")

    @property
    def calendar(self) -> Hours:
        """When its sources work."""
        return Hours(of=self.hours, holidays=self.holidays)

    @model_validator(mode="after")
    def _every_statement_can_be_read(self) -> "Region":
        own = {Source.treasury, Source.non_tax} | ({Source.channel} if isinstance(self.channel, AcpChannel) else set())
        for source, way in self.statements.items():
            if way.table is None and source not in own:
                raise ValueError(f"statements.{source}: needs a table")
        return self

    @model_validator(mode="after")
    def _batches_come_from_the_treasury(self) -> "Region":
        for source, hours in self.hours.items():
            way = self.statements.get(source)
            if hours.has_batches and (source is not Source.treasury or (way and way.by != "institution")):
                raise ValueError(f"hours.{source}: only a treasury that is asked itself hands its day out in batches")
        return self

    @model_validator(mode="after")
    def _every_device_can_work(self) -> "Region":
        if self.terminals and isinstance(self.channel, UmsChannel):
            raise ValueError("terminals: no public source shows a card sale under a ChinaUMS bill; leave them out")
        for number, kiosk in self.kiosks.items():
            if kiosk.terminal is not None and kiosk.terminal not in self.terminals:
                raise ValueError(f"kiosks.{number}.terminal: no terminal {kiosk.terminal}")
        return self


def load_regions(folder: Path, environment: Mapping[str, str] | None = None) -> dict[str, Region]:
    """Reads every `NNNNNN.yaml` of a folder. BadInput names the file, the field and what is wrong."""
    known = os.environ if environment is None else environment
    return {path.stem: load_region(path, known) for path in sorted(folder.glob("[0-9]" * 6 + ".yaml"))}


def load_region(path: Path, environment: Mapping[str, str]) -> Region:
    """Reads `NNNNNN.yaml`."""
    region = read_region(path.name, parse_yaml(filled(path.name, path.read_text(encoding="utf-8"), environment)))
    if region.region != path.stem:
        raise BadInput(f"{path.name}: region", region.region, f"the six digits of the file name, {path.stem}")
    return region.model_copy(update={"holidays": load_holidays(path.parent)})


def the_region(regions: Mapping[str, Region], code: str) -> Region:
    """The region of a code, or NotFound with those that are served here."""
    if code not in regions:
        raise NotFound(f"region {code} is not served here; served: {', '.join(regions) or 'none'}", field="region")
    return regions[code]


def filled(name: str, text: str, environment: Mapping[str, str]) -> str:
    """A file's text with its variables filled in. BadInput names one that is not set."""

    def value_of(found: re.Match[str]) -> str:
        if found[1] not in environment and found[2] is not None:
            return str(found[2])
        if found[1] not in environment:
            raise BadInput(name, found[0], f"the environment variable {found[1]} has to be set")
        return environment[found[1]]

    return _VARIABLE.sub(value_of, text)


def read_region(name: str, content: Any) -> Region:
    """A region's configuration as it was parsed. BadInput names the field; `name` is that of its file, if any."""
    try:
        return Region.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        value = None if first["type"] == "missing" else first["input"]  # else it is all that stands around the gap
        raise BadInput(f"{name}: {where}" if name else where, value, first["msg"]) from None
