"""A bill whose deed tax rests on a counted number of homes keeps the count, sealed where it is personal."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from api.wiring import House
from foundation.errors import BadInput
from settlement.bills.intake import parse_case
from settlement.homes.keeping import given_of_bill, home_count
from tests.played import confirmed, home_case
from tests.settlement.homes.test_counting import BUYER, FAMILY, home


def counted_case(homes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    case = home_case(**changes)
    buyer = {key: value for key, value in case["transaction"]["transferee"].items() if key != "homes_owned"}
    return {**case, "transaction": {**case["transaction"], "transferee": buyer}, "homes": homes}


ONE = {"family": FAMILY, "holdings": [home()]}
TWO = {"family": FAMILY, "holdings": [home(), home(home="皖2019不动产权第0002号")]}


@pytest.mark.parametrize(
    ("homes", "rate"),
    [({"family": FAMILY, "holdings": []}, "0.01"), (ONE, "0.01"), (TWO, "0.03")],
)
async def test_the_count_decides_the_rate(homes: dict[str, Any], rate: str, house: House) -> None:
    view = await confirmed(house, counted_case(homes))
    assert view.lines[0].rate == rate
    assert view.transaction["transferee"]["homes_owned"] == len(homes["holdings"])


async def test_the_count_is_kept_with_the_bill_and_its_people_sealed(house: House) -> None:
    override = {"count": 0, "reason": "该房屋已于上月出售"}
    view = await confirmed(house, counted_case({**TWO, "override": override}))
    async with house.office.database.connect() as db:
        row = (await db.execute(select(home_count).where(home_count.c.bill_id == view.id))).one()
        given = await given_of_bill(house.office, db, view.id)
    assert (row.homes, row.counted, row.decided_by, row.by_whom, row.reason) == (
        0,
        2,
        "override",
        "window",
        override["reason"],
    )
    assert given.family[0].identity == BUYER["identity"]
    stored = repr(row)
    for secret in (BUYER["identity"], BUYER["name"], "第0001号"):
        assert secret not in stored
    for statement in ("UPDATE home_count SET homes = 5", "DELETE FROM home_count"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with house.office.database.begin() as db:
                await db.execute(text(statement))


def test_a_number_and_a_count_are_not_given_together() -> None:
    with pytest.raises(BadInput, match="homes_owned"):
        parse_case({**home_case(), "homes": ONE})
    case = counted_case(ONE)
    friend = {**case["parties"][0], "identity": "341502190004040042"}
    with pytest.raises(BadInput, match="whose homes count too"):
        parse_case({**case, "parties": [*case["parties"], friend]})
    stranger = {**BUYER, "identity": "341502190004040042"}
    with pytest.raises(BadInput, match="transferees"):
        parse_case(counted_case({"family": [stranger], "holdings": []}))
