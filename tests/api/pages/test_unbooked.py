"""What the bank credited more may be an order that every query denied and no file of the channel shows."""

from collections.abc import Callable
from datetime import date, timedelta

import httpx
import pytest

from api.wiring import House
from settlement.bills.reading import read_bill
from settlement.ports.statements import Source
from tests.days import noon_of_a_past_monday
from tests.played import Played
from tests.settlement.book.test_other_sides import closed, file, kinds, settled
from tests.settlement.payments.test_never_confirmed import denied

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def day(played: Played) -> date:
    """A clearing day on a Monday of the past, so that the bank credits on the next day."""
    return noon_of_a_past_monday(played)


async def test_an_order_that_only_the_bank_knows_of_is_found_by_its_amount_and_asked_about(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played, day: date
) -> None:
    known = await settled(house, played)
    view, order_id = await denied(house, played)
    following = day + timedelta(days=1)
    net = f"{(known.amount_fen + view.amount_fen - 380) / 100:.2f}"
    credit = f"A1,{following:%Y%m%d},{day:%Y%m%d},1,贷,{net},3.80"
    report = await closed(house, played, following, {Source.bank: file(Source.bank, credit)})
    assert kinds(report) == {"bank": ["S-4"]}

    headers = bearer("finance") | {"Origin": "http://heyi.test"}
    at = f"/finance/cases/{report.breaks[0].case_id}"
    assert f'<span class="number">{order_id}</span>' in (await caller.get(at, headers=headers)).text
    asked = await caller.post(f"{at}/unbooked", headers=headers)
    assert asked.headers["location"] == f"{at}?booked=0"
    assert "仍答复未支付" in (await caller.get(asked.headers["location"], headers=headers)).text
    assert (await read_bill(house.office, view.id)).state == "confirmed"  # the channel denies it still
    played.simulator.faults.clear()
    asked = await caller.post(f"{at}/unbooked", headers=headers)
    assert "1 笔已支付" in (await caller.get(asked.headers["location"], headers=headers)).text
    assert (await read_bill(house.office, view.id)).state == "paid"
    assert order_id not in (await caller.get(at, headers=headers)).text
    elsewhere = bearer("finance", region="360102") | {"Origin": "http://heyi.test"}
    assert (await caller.post(f"{at}/unbooked", headers=elsewhere)).status_code == 403
