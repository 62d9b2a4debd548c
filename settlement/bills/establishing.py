"""Establishes facts of a case that are worked out, not given: they join its transaction, and are stored with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from settlement.assessment import Transaction
from settlement.bills.intake import Case
from settlement.homes import HomeCount, settle_count
from settlement.office import Actor


@dataclass(frozen=True, slots=True)
class Established:
    """A case's transaction with what was established; `home_count` where the homes were counted."""

    transaction: Transaction
    facts: Mapping[str, Any]
    home_count: HomeCount | None


def establish(case: Case, actor: Actor) -> Established:
    """Counts the homes where the case gives the family and its holdings."""
    facts, count = case.facts, None
    if case.homes:
        given = case.transaction
        assert given.contract_date is not None, "the door lets in no case without the day of its contract"
        count = settle_count(case.homes, given.region, given.contract_date, case.unit_code, actor)
        facts = {**facts, "transferee": {**facts.get("transferee", {}), "homes_owned": count.count}}
    return Established(case.transaction if facts is case.facts else Transaction.parse(facts), facts, count)
