"""The transaction at the door: what is registered, with its parties, property and price.

Parsed once, frozen afterwards. A field that is absent is unknown or does not apply; which of the two is for the
rules to say, so nothing is filled in here. Money is whole fen, areas and rates are exact decimals given as text,
dates are ISO days of China.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from foundation.errors import BadInput

MONEY_LIMIT_FEN = 10**14
"""A trillion yuan: no property costs that, and every amount worked out below it fits a BIGINT."""


def _decimal_text(value: object) -> object:
    if isinstance(value, str | Decimal) or type(value) is int:
        return value
    raise ValueError('a decimal number given as text, such as "89.50"')


def _iso_day(value: object) -> object:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value) if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("a day of the calendar as YYYY-MM-DD") from None


Fen = Annotated[int, Field(strict=True, ge=0, lt=MONEY_LIMIT_FEN)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0, le=1000)]
Pieces = Annotated[int, Field(strict=True, ge=1, le=1000)]
Area = Annotated[Decimal, BeforeValidator(_decimal_text), Field(gt=0, lt=10**8, max_digits=12, decimal_places=4)]
Ratio = Annotated[Decimal, BeforeValidator(_decimal_text), Field(ge=0, le=1, decimal_places=8)]
Day = Annotated[date, BeforeValidator(_iso_day)]
RegionCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}$")]

Registration = Literal[
    "transfer", "first", "change", "correction", "objection", "replacement", "mortgage", "advance_notice", "forest"
]
Transfer = Literal[
    "sale",
    "new_home_sale",
    "gift",
    "legal_inheritance",
    "bequest",
    "exchange",
    "divorce_division",
    "spouse_change",
    "reform_first_purchase",
    "affordable_first_purchase",
    "land_upgrade",
]
Use = Literal[
    "residential", "commercial", "office", "industrial", "parking", "storage", "homestead", "forest", "sea_area"
]
HousingKind = Literal[
    "reform",
    "reform_preferential",
    "public",
    "affordable",
    "managed_as_affordable",
    "public_sale",
    "self_use_commodity",
]
PartyKind = Literal["individual", "company", "developer"]


class Closed(BaseModel):
    """A frozen record that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Property(Closed):
    """What is registered. Areas in square metres."""

    use: Use | None = None
    area_m2: Area | None = None
    housing_kind: HousingKind | None = None
    land: Literal["granted", "allocated", "allocated_to_granted"] | None = None
    ordinary: Flag | None = None
    land_area_m2: Area | None = None
    separately_certified: Flag | None = None


class Price(Closed):
    """What is paid, or what it is held to be worth; `fitout_fen` comes on top of `amount_fen`."""

    amount_fen: Fen | None = None
    includes_vat: Flag | None = None
    vat_stated_separately: Flag | None = None
    vat_fen: Fen | None = None
    vat_rate: Ratio | None = None
    assessed_fen: Fen | None = None
    fitout_fen: Fen | None = None


class Donor(Closed):
    """The one from whom the transferor had the property as a gift."""

    acquired_on: Day | None = None
    cost_fen: Fen | None = None


class Party(Closed):
    """Someone who pays: `small_enterprise` stands for small taxpayer, small low-profit firm or sole trader."""

    kind: PartyKind | None = None
    small_enterprise: Flag | None = None


class Transferor(Party):
    """The disposing party 义务人, with how and when it acquired the property and at what cost."""

    acquired_on: Day | None = None
    title_issued_on: Day | None = None
    deed_tax_paid_on: Day | None = None
    acquired_by: Literal["gift", "gift_lineal"] | None = None
    donor: Donor | None = None
    only_home: Flag | None = None
    original_contract_date: Day | None = None
    original_price_fen: Fen | None = None
    original_deed_tax_fen: Fen | None = None
    fitout_cost_fen: Fen | None = None
    loan_interest_fen: Fen | None = None
    other_costs_fen: Fen | None = None
    land_vat_deduction_fen: Fen | None = None


class Transferee(Party):
    """The acquiring party 权利人; `homes_owned` counts the family's homes before this purchase."""

    homes_owned: Count | None = None
    relation_to_transferor: Literal["lineal", "spouse", "sibling", "dependant", "none"] | None = None


class Attachment(Closed):
    """Parking, storage and the like, sold along with the home at a price on top of the home's."""

    use: Use
    price_fen: Fen
    separate_unit: Flag


class Exchange(Closed):
    """The value of what each party gives."""

    transferor_property_fen: Fen | None = None
    transferee_property_fen: Fen | None = None


class Mortgage(Closed):
    """The mortgage that is registered, alone or beside a transfer."""

    loan_fen: Fen | None = None
    collaterals: Pieces | None = None
    same_parcel: Flag | None = None
    borrower: Party | None = None


class Parameters(Closed):
    """Local parameters that the case fixes; they take precedence over those of the region."""

    income_tax_assessed_rate: Ratio | None = None
    land_vat_assessed_rate: Ratio | None = None
    land_premium_rate: Ratio | None = None
    land_premium_rounding: Literal["fen", "yuan"] | None = None


class Transaction(Closed):
    """One transaction 业务 as the registration window knows it."""

    region: RegionCode
    location: Literal["urban", "town", "rural"] | None = None
    contract_date: Day | None = None
    declaration_date: Day | None = None
    registration: Registration
    registration_reason: Literal["name", "holders_error"] | None = None
    transfer: Transfer | None = None
    certificates: Pieces | None = None
    property: Property = Property()
    price: Price = Price()
    transferor: Transferor = Transferor()
    transferee: Transferee = Transferee()
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=100)
    exchange: Exchange | None = None
    mortgage: Mortgage | None = None
    expropriation_compensation_fen: Fen | None = None
    land_premium_fen: Fen | None = None
    land_market_value_fen: Fen | None = None
    land_allocated_value_fen: Fen | None = None
    sea_area_fee_fen: Fen | None = None
    parameters: Parameters = Parameters()

    @classmethod
    def parse(cls, mapping: Mapping[str, Any]) -> Self:
        """Checks a mapping as read from JSON; raises BadInput that names the first wrong field."""
        if not isinstance(mapping, Mapping):
            raise BadInput("transaction", mapping, "an object with the fields of a transaction")
        return checked(cls, mapping)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.registration == "transfer" and self.transfer is None:
            raise BadInput("transfer", None, f"one of {', '.join(get_args(Transfer))} with registration transfer")
        if self.contract_date is None and self.declaration_date is None:
            raise BadInput("contract_date", None, "a day; at least one of contract_date and declaration_date")
        if self.contract_date and self.declaration_date and self.declaration_date < self.contract_date:
            raise BadInput("declaration_date", self.declaration_date.isoformat(), "not before contract_date")
        return self


Record = TypeVar("Record", bound=BaseModel)


def checked(shape: type[Record], mapping: Mapping[str, Any]) -> Record:
    """A record from a mapping; raises BadInput for the first field that is wrong."""
    try:
        return shape.model_validate(dict(mapping))
    except ValidationError as error:
        _refuse(error, shape.__name__.lower())


def _refuse(error: ValidationError, whole: str) -> NoReturn:
    """Turns pydantic's first complaint into ours: field by its dotted path, the value, what is allowed."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(step) for step in first["loc"]) or whole
    value, context = first["input"], first.get("ctx", {})
    match first["type"]:
        case "extra_forbidden":
            allowed = "no such field; the fields of a transaction are listed in docs/assessment.md"
        case "missing":
            value, allowed = None, "a value; the field is required"
        case "literal_error":
            allowed = f"one of {context['expected']}"
        case "value_error":
            allowed = str(context["error"])
        case "string_pattern_mismatch":
            allowed = "six digits of GB/T 2260"
        case _:
            allowed = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
            if "_fen" in field:
                allowed = f"whole fen from 0, below {MONEY_LIMIT_FEN}"
    raise BadInput(field, value, allowed)
