"""Establishes facts of a case that are worked out, not given: they join its transaction, and are stored with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foundation import clock
from foundation.errors import BadInput, Conflict
from settlement.assessment import Transaction
from settlement.bills.intake import Case
from settlement.homes import HomeCount, settle_count
from settlement.office import Actor, Office
from settlement.regions import PriceBasis, Region


class NotValued(Conflict):
    """The tax office has no valuation of this property."""

    code = "not_valued"


@dataclass(frozen=True, slots=True)
class Established:
    """A case's transaction with what was established; `home_count` where the homes were counted."""

    transaction: Transaction
    facts: Mapping[str, Any]
    home_count: HomeCount | None
    price_basis: PriceBasis


async def establish(office: Office, region: Region, case: Case, actor: Actor) -> Established:
    """Counts the homes where the case gives the family, and asks for a valuation where that is the price's basis."""
    facts, given, count = dict(case.facts), case.transaction, None
    if case.homes:
        assert given.contract_date is not None, "the door lets in no case without the day of its contract"
        count = settle_count(case.homes, given.region, given.contract_date, case.unit_code, actor)
        facts["transferee"] = {**facts.get("transferee", {}), "homes_owned": count.count}
    basis = case.price_basis or region.price_bases[0]
    if basis not in region.price_bases:
        raise BadInput("price_basis", basis, f"what this region offers: {', '.join(region.price_bases)}")
    if basis == "valuation":
        facts["price"] = {**facts.get("price", {}), "assessed_fen": await _valued(office, region, case)}
    return Established(Transaction.parse(facts), facts, count, basis)


async def _valued(office: Office, region: Region, case: Case) -> int:
    given = case.transaction
    if given.price.assessed_fen is not None:
        raise BadInput("transaction.price.assessed_fen", given.price.assessed_fen, "none: the tax office is asked")
    use, area = given.property.use, given.property.area_m2
    if use is None or area is None:
        raise BadInput("transaction.property", None, "use and area_m2, of which a valuation is made")
    on = given.declaration_date or clock.today()
    price = await office.institutions[region.region].valuation.assessed_price(case.unit_code, area, use, on)
    if price is None:
        raise NotValued(
            f"税务机关没有 {case.unit_code} 的评估价格，请改用承诺制或申请核定。"
            f"The tax office does not value {case.unit_code}; go by commitment, or ask for an assessment."
        )
    return price
