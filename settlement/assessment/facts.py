"""The facts of a transaction by their names, a set for each registered unit, and those derived from others."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from pydantic import BaseModel

from settlement.assessment.errors import NeedsFact
from settlement.assessment.periods import whole_months
from settlement.assessment.run import Run
from settlement.assessment.trace import Value
from settlement.assessment.transaction import Attachment, Transaction

_OF_THE_HOME_ONLY = (
    "property.area_m2",
    "property.housing_kind",
    "property.land_area_m2",
    "price.vat_fen",
    "price.assessed_fen",
    "price.fitout_fen",
    "transferor.original_price_fen",
    "transferor.original_deed_tax_fen",
    "transferor.fitout_cost_fen",
    "transferor.loan_interest_fen",
    "transferor.other_costs_fen",
    "transferor.land_vat_deduction_fen",
    "expropriation_compensation_fen",
    "land_premium_fen",
    "land_market_value_fen",
    "land_allocated_value_fen",
    "sea_area_fee_fen",
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A registered unit: the property itself, or an attachment that is a unit of its own (then its number from 1)."""

    attachment: int
    facts: Mapping[str, Value]


def units_of(transaction: Transaction) -> tuple[Unit, ...]:
    """The property first, then each attachment with a unit of its own; joined ones count with the property."""
    facts = dict(_flat(transaction, ""))
    facts["mortgaged"] = transaction.mortgage is not None or transaction.registration == "mortgage"
    facts.setdefault("declaration_date", facts.get("contract_date", date.min))
    facts.setdefault("contract_date", facts["declaration_date"])
    if not transaction.attachments:
        return (Unit(0, facts),)
    facts["attachments.joined_fen"] = sum(each.price_fen for each in transaction.attachments if not each.separate_unit)
    apart = [
        Unit(number, _facts_of_attachment(each, facts))
        for number, each in enumerate(transaction.attachments, start=1)
        if each.separate_unit
    ]
    return (Unit(0, facts), *apart)


def _facts_of_attachment(attachment: Attachment, facts: Mapping[str, Value]) -> dict[str, Value]:
    own = {name: value for name, value in facts.items() if name not in _OF_THE_HOME_ONLY}
    own |= {"property.use": attachment.use, "price.amount_fen": attachment.price_fen, "certificates": 1}
    own |= {"attachments.joined_fen": 0, "mortgaged": False}
    return own


def facts_of_claim(claim: BaseModel, day: date) -> dict[str, Value]:
    """The facts of a claim; its day is the one that decides."""
    return {**dict(_flat(claim, "claim.")), "contract_date": day, "declaration_date": day}


def _flat(record: BaseModel, prefix: str) -> Iterator[tuple[str, Value]]:
    for name, value in record.__dict__.items():
        if value is None or isinstance(value, tuple):
            continue
        if isinstance(value, BaseModel):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, Fraction(value) if isinstance(value, Decimal) else value


def _held_since(run: Run) -> Value | None:
    """The day from which a holding period runs: the donor's after a lineal gift, otherwise one's own."""
    if run.fact("transferor.acquired_by") == "gift_lineal":
        return _known(run, "transferor.donor.acquired_on")
    return _own_acquisition(run)


def _own_acquisition(run: Run) -> Value | None:
    """Of title and deed-tax receipt the earlier where both stand (国税发〔2005〕172号, 国税发〔2007〕33号)."""
    title, receipt = run.day("transferor.title_issued_on"), run.day("transferor.deed_tax_paid_on")
    if title and receipt:
        return min(title, receipt)
    acquired = run.day("transferor.acquired_on")
    return acquired or title or receipt or _known(run, "transferor.acquired_on")


def _held_months(run: Run) -> Value | None:
    since, until = run.day("transferor.held_since"), run.day("contract_date")
    return None if since is None or until is None else whole_months(since, until)


def _known(run: Run, name: str) -> Value:
    value = run.fact(name)
    if value is None:
        raise NeedsFact(name)
    return value


ADDED = frozenset({"mortgaged", "attachments.joined_fen"})
"""Facts that every unit has beside the fields of the transaction."""

DERIVED: Mapping[str, Callable[[Run], Value | None]] = {
    "transferor.held_since": _held_since,
    "transferor.own_acquisition": _own_acquisition,
    "transferor.held_months": _held_months,
}
