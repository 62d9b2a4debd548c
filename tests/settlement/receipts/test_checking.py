"""Double verification: what fits goes on, what does not stops and opens a case, and never the other way round."""

import pytest

from api.wiring import House
from settlement.adjustments.deciding import decide
from settlement.adjustments.proposing import propose
from settlement.cases import list_cases
from settlement.office import Actor
from settlement.receipts.checking import CheckView, check_certificate, check_linked, checks_of
from tests.played import Played
from tests.settlement.receipts.conftest import arrived_shop

_CLERK = Actor("王敏", "clerk")
_KIND = "税收完税证明"


async def _cases(house: House) -> list[str]:
    async with house.office.database.connect() as db:
        return [one.kind for one in await list_cases(db, "341502")]


async def _last(house: House, bill_id: object) -> list[CheckView]:
    async with house.office.database.connect() as db:
        return await checks_of(db, bill_id)  # type: ignore[arg-type]


async def test_the_certificates_of_the_bill_fit(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    checks = await check_linked(house.office, view.id)
    assert [(one.outcome, one.stops) for one in checks] == [("fits", False)] * 4
    assert await _cases(house) == []


@pytest.mark.parametrize(
    ("how", "outcome", "fields"),
    [("certificate_void", "void", []), ("certificate_other_amount", "differs", ["amount"])],
)
async def test_a_mismatch_stops_and_a_later_fit_lets_go(
    house: House, played: Played, how: str, outcome: str, fields: list[str]
) -> None:
    view = await arrived_shop(house, played)
    played.control("faults", {"kind": "desk", "how": how})
    wrong = [one for one in await check_linked(house.office, view.id) if one.stops]
    assert [one.outcome for one in wrong] == [outcome]
    assert [one.field for one in wrong[0].differences] == fields
    assert await _cases(house) == ["C-certificate"]
    assert not any(one.stops for one in await check_linked(house.office, view.id))
    assert await _cases(house) == []


async def test_a_typed_number_that_nobody_knows_stops(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    check = await check_certificate(house.office, view.id, "341502269999999999", _KIND, _CLERK)
    assert (check.outcome, check.stops, check.checked_by) == ("unknown", True, "王敏")
    assert await _cases(house) == ["C-certificate"]


async def test_a_certificate_of_another_property_and_person_differs_and_is_masked(house: House, played: Played) -> None:
    other = await arrived_shop(house, played)
    parties = [
        {**party, "name": "周平", "identity": "341502190005050058"} if party["side"] == "transferee" else party
        for party in _parties()
    ]
    view = await arrived_shop(
        house, played, case_number="LA-0099", unit_code="341502001002GB00007F00010999", parties=parties
    )
    deed = next(one for one in other.pieces if one.item == "deed_tax")
    assert deed.proof
    check = await check_certificate(house.office, view.id, deed.proof, _KIND, _CLERK)
    assert [one.field for one in check.differences] == ["unit_code", "taxpayer"]
    taxpayer = check.differences[1]
    assert "**********" in taxpayer.ours
    assert "**********" in taxpayer.theirs


async def test_two_people_may_let_it_go_on(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    check = await check_certificate(house.office, view.id, "341502269999999999", _KIND, _CLERK)
    async with house.office.database.begin() as db:
        case = (await list_cases(db, "341502"))[0]
        await propose(db, house.office.regions, case.id, _CLERK, "纸质证明已核实", [])
    assert (await _last(house, view.id))[0].stops
    async with house.office.database.begin() as db:
        await decide(house.office, db, case.id, Actor("刘洋", "finance"), approve=True)
    last = {one.number: one for one in await _last(house, view.id)}
    assert not last[check.number].stops


def _parties() -> list[dict[str, str]]:
    from tests.played import shop_case

    return list(shop_case()["parties"])
