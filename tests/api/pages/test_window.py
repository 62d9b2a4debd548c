"""The window over HTTP: the breakdown while one types, who pays, and what a clerk may do with a bill."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from api.cli.demo.cases import demo_cases
from api.pages.window.choice import amount_field
from api.wiring import House
from foundation import clock
from foundation.money import plain_yuan
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.listing import list_bills
from settlement.bills.reading import BillView, read_bill
from settlement.payments.codes import TRIES_MAX
from tests.api.pages.test_case_form import typed_as
from tests.played import CLERK, Played, confirmed, home_case, paid, shop_case, started

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def clerk(bearer: Bearer) -> dict[str, str]:
    return bearer("clerk") | {"Origin": "http://heyi.test"}


async def drafted(house: House) -> BillView:
    return await read_bill(house.office, await draft_bill(house.office, parse_case(shop_case()), CLERK))


def paths(view_id: UUID) -> Callable[[str], str]:
    return lambda action: f"/window/bills/{view_id}/{action}"


async def test_the_breakdown_changes_nothing(caller: httpx.AsyncClient, clerk: dict[str, str], house: House) -> None:
    typed = typed_as(demo_cases(clock.today())[1])
    answer = await caller.post("/window/breakdown", data=typed, headers=clerk)
    assert "¥49,150.00" in answer.text
    assert "¥48,850.00" in answer.text  # what the buyer pays, each their own
    assert "<html" not in answer.text
    assert await list_bills(house.office, "341502") == []


async def test_what_is_missing_is_asked_for_and_not_guessed(caller: httpx.AsyncClient, clerk: dict[str, str]) -> None:
    typed = {"transfer": "sale", "property.use": "residential", "contract_date": "2026-11-20"}
    answer = await caller.post("/window/breakdown", data=typed, headers=clerk)
    assert answer.status_code == 200
    assert "成交价格" in answer.text
    refused = await caller.post("/window/bills", data=typed, headers=clerk)
    assert refused.status_code == 422


async def test_the_shares_follow_the_choice_and_sum_to_the_bill(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    view = await drafted(house)
    at = paths(view.id)
    for choice, buyer in (("all_by_transferee", 4_915_000), ("all_by_transferor", 0), ("each_own", 4_885_000)):
        answer = await caller.post(at("split"), data={"choice": choice}, headers=clerk)
        assert answer.status_code == 303
        now = await read_bill(house.office, view.id)
        assert sum(one.paid_by.get("transferee", 0) for one in now.lines) == buyer
        assert sum(one.amount_fen for one in now.shares) == now.amount_fen
    ratio = {"choice": "custom", "by": "ratio", "transferee_parts": "2", "transferor_parts": "1"}
    await caller.post(at("split"), data=ratio, headers=clerk)
    now = await read_bill(house.office, view.id)
    assert sum(one.amount_fen for one in now.shares) == now.amount_fen
    assert now.share_of("transferee").amount_fen in range(3_276_660, 3_276_674)  # type: ignore[union-attr]


async def test_amounts_line_by_line_must_sum_to_the_line(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    view = await drafted(house)
    typed = {"choice": "custom", "by": "lines"}
    for line in view.lines:
        half, rest = divmod(line.amount_fen, 2)
        typed[amount_field(line.item, line.payer, "transferee")] = plain_yuan(half + rest)
        typed[amount_field(line.item, line.payer, "transferor")] = plain_yuan(half)
    assert (await caller.post(f"/window/bills/{view.id}/split", data=typed, headers=clerk)).status_code == 303
    typed[amount_field("deed_tax", "transferee", "transferee")] = "18000.01"
    refused = await caller.post(f"/window/bills/{view.id}/split", data=typed, headers=clerk)
    assert refused.status_code == 422
    assert "相加应等于该项应缴金额" in refused.text
    now = await read_bill(house.office, view.id)
    assert sum(one.amount_fen for one in now.shares) == now.amount_fen


async def test_a_bill_is_withdrawn_with_a_reason_only_and_corrected_beside_what_it_was(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House, bearer: Bearer
) -> None:
    view = await confirmed(house, shop_case())
    at = paths(view.id)
    silent = await caller.post(at("withdraw"), data={"reason": " "}, headers=clerk)
    assert silent.status_code == 422
    assert "请填写原因" in silent.text
    assert (await caller.post(at("withdraw"), data={"reason": "价格有误"}, headers=clerk)).status_code == 303
    page = (await caller.get(f"/window/bills/{view.id}", headers=clerk)).text
    assert "已作废" in page
    again = (await caller.get(f"/window?correct={view.id}", headers=clerk)).text
    assert 'value="1200000.00"' in again
    assert view.case_number in again
    assert "与上次核算" in again
    assert "没有变化" in again
    typed = typed_as(demo_cases(clock.today())[1]) | {"correct": str(view.id), "price.amount_fen": "1300000"}
    dearer = (await caller.post("/window/breakdown", data=typed, headers=clerk)).text
    assert "+¥3,000.00" in dearer  # deed tax, at three of a hundred
    assert view.number in dearer
    elsewhere = clerk | {"Authorization": bearer("clerk", region="360102")["Authorization"]}
    assert (await caller.post("/window/breakdown", data=typed, headers=elsewhere)).status_code == 403


async def test_while_a_payment_may_be_under_way_it_says_when_one_can_withdraw(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    view = await confirmed(house, shop_case())
    await started(house, view, "transferee")
    refused = await caller.post(paths(view.id)("withdraw"), data={"reason": "价格有误"}, headers=clerk)
    assert refused.status_code == 409
    assert "以后才能作废" in refused.text
    assert "A payment may" not in refused.text


async def test_asking_the_channel_finds_a_payment_whose_notification_was_lost(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House, played: Played
) -> None:
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    assert (await caller.post(paths(view.id)("query"), headers=clerk)).status_code == 303
    assert (await read_bill(house.office, view.id)).state in ("paid", "settled", "cleared")


async def test_the_window_opens_a_locked_code_again(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    view = await confirmed(house, shop_case())
    assert view.code is not None
    for _ in range(TRIES_MAX):
        await caller.post(f"/p/{view.code.token}", data={"tail": "zzzz"}, headers={"Origin": "http://heyi.test"})
    assert "已锁定" in (await caller.get(f"/window/bills/{view.id}", headers=clerk)).text
    await caller.post(paths(view.id)("unlock"), headers=clerk)
    assert "已锁定" not in (await caller.get(f"/window/bills/{view.id}", headers=clerk)).text


async def test_nothing_is_sent_while_nothing_moves(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House, played: Played
) -> None:
    view = await confirmed(house, home_case())
    first = await caller.get(paths(view.id)("progress"), headers=clerk)
    seen = first.text.split("progress?seen=")[1].split('"')[0]
    still = await caller.get(paths(view.id)(f"progress?seen={seen}"), headers=clerk)
    assert still.status_code == 204
    await paid(house, played, view.id, "transferee")
    moved = await caller.get(paths(view.id)(f"progress?seen={seen}"), headers=clerk)
    assert moved.status_code == 200


@pytest.mark.parametrize("known", [True, False])
async def test_a_case_is_found_by_its_number(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House, known: bool
) -> None:
    view = await confirmed(house, home_case())
    answer = await caller.get(f"/window/find?number={view.case_number if known else 'nothing'}", headers=clerk)
    if known:
        assert answer.headers["location"] == f"/window/bills/{view.id}"
    else:
        assert answer.status_code == 404
        assert "nothing" in answer.text


async def test_what_was_typed_is_never_taken_for_markup(caller: httpx.AsyncClient, clerk: dict[str, str]) -> None:
    typed = {"case_number": '"><script>alert(1)</script>', "transferee.0.name": "<b>x</b>"}
    answer = await caller.post("/window/bills", data=typed, headers=clerk)
    assert "<script>alert" not in answer.text
    assert "<b>x</b>" not in answer.text
