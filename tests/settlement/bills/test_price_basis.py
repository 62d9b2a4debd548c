"""Whose price is taxed: the contract's by commitment, or at least the tax office's valuation, one price a home."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.simulator.valuation import yuan_per_m2
from api.wiring import House
from foundation.errors import BadInput
from settlement.bills.drafting import draft_bill
from settlement.bills.establishing import NotValued
from settlement.bills.intake import parse_case
from settlement.bills.listing import list_bills
from settlement.bills.recomputing import recomputation
from tests.played import CLERK, confirmed, home_case, shop_case

UNIT = home_case()["unit_code"]
ASSESSED_FEN = yuan_per_m2(UNIT) * 120 * 100


def priced(fen: int, **changes: Any) -> dict[str, Any]:
    case = home_case(**changes)
    return {**case, "transaction": {**case["transaction"], "price": {"amount_fen": fen, "includes_vat": False}}}


@pytest.mark.parametrize("above", [-1, 0, 1, 50_000_000])
async def test_with_a_valuation_the_higher_price_counts(above: int, house: House) -> None:
    contract = ASSESSED_FEN + above
    view = await confirmed(house, priced(contract, price_basis="valuation"))
    (deed_tax,) = [one for one in view.lines if one.item == "deed_tax"]
    assert deed_tax.base_fen == max(contract, ASSESSED_FEN)
    assert view.transaction["price"]["assessed_fen"] == ASSESSED_FEN
    assert (await recomputation(house.office, view.id)).same


async def test_by_commitment_the_contract_price_counts(house: House) -> None:
    view = await confirmed(house, priced(ASSESSED_FEN // 2))
    assert view.lines[0].base_fen == ASSESSED_FEN // 2
    assert "assessed_fen" not in view.transaction["price"]


async def test_what_is_not_valued_is_said_and_nothing_stored(house: House) -> None:
    with pytest.raises(NotValued, match="承诺制"):
        await draft_bill(house.office, parse_case(shop_case(price_basis="valuation")), CLERK)
    assert await list_bills(house.office, "341502") == []


async def test_a_basis_that_cannot_be_had_is_refused(house: House) -> None:
    with pytest.raises(BadInput, match="price_basis"):
        parse_case(home_case(price_basis="guess"))
    case = priced(ASSESSED_FEN, price_basis="valuation")
    case["transaction"]["price"]["assessed_fen"] = 1
    with pytest.raises(BadInput, match="assessed_fen"):
        await draft_bill(house.office, parse_case(case), CLERK)
    case["transaction"]["price"].pop("assessed_fen")
    case["transaction"]["property"] = {"use": "residential", "land": "granted"}
    with pytest.raises(BadInput, match=r"transaction\.property"):
        await draft_bill(house.office, parse_case(case), CLERK)


async def test_a_region_that_does_not_offer_it_says_so(house: House) -> None:
    region = house.office.regions["341502"].model_copy(update={"price_bases": ("commitment",)})
    office = replace(house.office, regions={"341502": region})
    with pytest.raises(BadInput, match="commitment"):
        await draft_bill(office, parse_case(home_case(price_basis="valuation")), CLERK)
