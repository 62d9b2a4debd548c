"""The shape of the rule files, form 1. What does not fit is refused with the file, the place and what is allowed.

National files stand in `rules/national/`, a file an item, and declare parameters, quantities and charges. A file of
the same name in the folder of a province (`36`), city (`3415`) or district (`341502`) sets parameters and adds rules
where the national file leaves them to that level.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from settlement.assessment.vocabulary import FactEntry, Name

FORM = 1
Level = Literal["national", "province", "city", "district"]
Certainty = Literal["law", "confirmed", "single_source", "unverified", "example"]


class Shape(BaseModel):
    """Frozen, and closed to words that are not part of the language."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Reference(Shape):
    """A document of documents.yaml, and the article in it."""

    document: str
    article: str = ""


class Document(Shape):
    """A law, regulation or notice: its full title, the short name people know it by, and who issued it."""

    title: str
    zh: str
    en: str
    issuer: str


class Dated(Shape):
    """In force on the days [from, to)."""

    from_: date = Field(alias="from")
    to: date | None = None
    law: tuple[Reference, ...] = Field(min_length=1)
    certainty: Certainty

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.to is not None and self.to <= self.from_:
            raise ValueError(f"to {self.to} is not after from {self.from_}")
        return self


class ParameterValue(Dated):
    """A parameter's value for a time."""

    value: str | int | bool


class Progressive(Shape):
    """Brackets on the ratio of gain to deductions, with quick deduction: gain × rate − deductions × less."""

    gain: Any
    deductions: Any
    rows: tuple[Mapping[str, str], ...]


class Version(Dated):
    """What a rule says for a time: exactly one of rate, amount, each, progressive, exempt, not_due.

    `rate` applies to `of`, times `share`; with `relief` that share of the rounded tax is rounded and taken off.
    `each` is due per one of `pieces`. `exempt` keeps a line of 0, `not_due` makes no line. `round` is the unit of
    money; below `free_below` nothing is collected.
    """

    rate: Any = None
    of: Any = None
    share: Any = None
    relief: Any = None
    amount: Any = None
    each: Any = None
    pieces: Any = None
    progressive: Progressive | None = None
    exempt: bool = False
    not_due: bool = False
    round: str | None = None
    free_below: Any = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = [self.rate, self.amount, self.each, self.progressive, self.exempt or None, self.not_due or None]
        if sum(each is not None for each in said) != 1:
            raise ValueError("exactly one of rate, amount, each, progressive, exempt, not_due")
        if (self.rate is None) is not (self.of is None) or (self.each is None) is not (self.pieces is None):
            raise ValueError("rate goes with of, each goes with pieces")
        return self


class RuleEntry(Shape):
    """A rule: without `when` it is the base, with it an exception to the base.

    `over` names the exceptions that this one comes before; `everything` are all that do not name it themselves.
    """

    id: str
    because: Name
    when: Any = None
    over: tuple[str, ...] = ()
    versions: tuple[Version, ...] = Field(min_length=1)


class Transition(Shape):
    """A contract signed before `to` and declared on or after it is decided as if signed on `to`."""

    to: date
    when: Any = None
    law: tuple[Reference, ...] = Field(min_length=1)


class QuantityEntry(Shape):
    """A named amount that charges and other quantities build on."""

    id: str
    name: Name
    decided_by: Literal["contract_date", "declaration_date"]
    rules: tuple[RuleEntry, ...] = Field(min_length=1)


class ChargeEntry(Shape):
    """What each of `payers` owes where `applies` holds; `payer.` in its rules means that party."""

    id: str
    payers: tuple[str, ...] = Field(min_length=1)
    applies: Any
    decided_by: Literal["contract_date", "declaration_date"]
    transitions: tuple[Transition, ...] = ()
    left_to: tuple[Level, ...] = ()
    rules: tuple[RuleEntry, ...] = Field(min_length=1)


class ParameterEntry(Shape):
    """A figure that the law leaves to a level (`left_to`) or to the case (under the name `fixed_by_case`).

    Where no level sets it, `otherwise` names the parameter to use instead; failing that it is asked for, and `among`
    lists what it can be (of a range its two ends).
    """

    id: str
    name: Name
    kind: Literal["rate", "fen", "months", "flag", "choice"]
    left_to: tuple[Level, ...] = ()
    fixed_by_case: str | None = None
    otherwise: str | None = None
    among: tuple[str | int | bool, ...] = Field(min_length=2)
    values: tuple[ParameterValue, ...] = ()


class ItemFile(Shape):
    """A national file: one item 税费项目, or the amounts that several items share (then without charges)."""

    item: str
    name: Name
    parameters: tuple[ParameterEntry, ...] = ()
    quantities: tuple[QuantityEntry, ...] = ()
    charges: tuple[ChargeEntry, ...] = ()


class RegionalRule(RuleEntry):
    """A rule that a region adds to the charge of one payer."""

    charge: str
    payer: str


class RegionalFile(Shape):
    """What one region sets of one item."""

    item: str
    parameters: Mapping[str, tuple[ParameterValue, ...]] = {}
    rules: tuple[RegionalRule, ...] = ()


class Region(Shape):
    """A province, city or district that is served."""

    zh: str
    en: str


class SetFile(Shape):
    """set.yaml: form of the language, version, the days that the set covers, items in order, refunds, payers."""

    form: Literal[1]
    version: str
    first_day: date
    last_day: date
    items: tuple[str, ...]
    refunds: tuple[str, ...]
    payers: Mapping[str, Name]


class RuleFiles(Shape):
    """A whole set as its files say it."""

    set: SetFile
    facts: Mapping[str, FactEntry]
    documents: Mapping[str, Document]
    regions: Mapping[str, Region]
    national: Mapping[str, ItemFile]
    regional: Mapping[str, Mapping[str, RegionalFile]]
