"""The facts on which a bill rests, each with where it came from and who stands for it."""

from dataclasses import dataclass
from typing import Any

from settlement.assessment import rules_in_force
from settlement.bills.differences import flat
from settlement.bills.reading import BillView
from settlement.homes import HomeCount

_COUNTED = "transferee.homes_owned"
_ASSESSED = "price.assessed_fen"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact by its path, and its value as stored.

    `source`: typed (from the file handed in at the window or by another system), holdings (a query of registered
    homes), pledge (the buyer's word), override (a clerk's decision) or valuation (the tax office).
    """

    name: str
    value: Any
    source: str
    by: str


def facts_of(view: BillView, count: HomeCount | None) -> tuple[Fact, ...]:
    """The facts of a bill that its rules have a word for, in the order in which they are stored."""
    known = rules_in_force().vocabulary
    return tuple(
        Fact(name, value, *_source(name, view, count)) for name, value in flat(view.transaction) if name in known
    )


def _source(name: str, view: BillView, count: HomeCount | None) -> tuple[str, str]:
    if name == _COUNTED and count is not None:
        return count.decided_by, count.by or view.created_by
    if name == _ASSESSED and view.price_basis == "valuation":
        return "valuation", ""
    return "typed", view.created_by
