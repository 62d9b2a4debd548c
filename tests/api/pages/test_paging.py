"""Long lists a page at a time: every row stands on one page, and the links keep what was asked for."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.paging import Paging
from api.wiring import House
from foundation import clock
from settlement.postings import refunds_payable
from settlement.refunds.deciding import reject_refund
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import RefundView, read_refund
from tests.played import Played, home_case
from tests.settlement.refunds.conftest import DECIDES, approved, arrived_bill, pieces, proposed, pursued

Bearer = Callable[..., dict[str, str]]
LIST = "/finance/refunds"
MANY = 53


@given(count=st.integers(0, 500), size=st.integers(1, 60))
def test_every_row_stands_on_exactly_one_page(count: int, size: int) -> None:
    rows = list(range(count))
    pages = Paging("/list", {}, 1, size, count).pages
    shown = [Paging("/list", {}, number, size, count) for number in range(1, pages + 1)]
    assert [row for one in shown for row in rows[one.skip : one.last]] == rows
    assert all(one.last - one.skip == one.last - one.first + 1 <= size for one in shown)
    assert Paging("/list", {}, pages + 7, size, count).number == pages


def test_a_link_keeps_what_was_asked_for_and_begins_anew_where_it_asks_otherwise() -> None:
    paging = Paging("/list", {"stands": "done", "number": "", "first": "2026-03-01"}, 3, 10, 95)
    assert paging.address(page=4) == "/list?stands=done&first=2026-03-01&page=4"
    assert paging.address(stands="") == "/list?first=2026-03-01"
    assert paging.address(stands="", first="") == "/list"


@pytest.fixture
async def many(house: House, played: Played) -> list[RefundView]:
    """Refunds of one bill, fen by fen: the first rejected and proposed the day before the others; oldest first."""
    view = await arrived_bill(house, played, home_case(), "transferee")
    (fee,) = await pieces(house, view.id, "non_tax")
    first = await proposed(house, view, [Wish(fee, 1)])
    await reject_refund(house.office, first, DECIDES, "金额不对")
    played.set_clocks(clock.now() + timedelta(days=1))
    ids = [first, *[await proposed(house, view, [Wish(fee, 1)]) for _ in range(MANY - 1)]]
    return [await read_refund(house.office, one) for one in ids]


def listed(page: str) -> list[str]:
    return re.findall(rf'href="{LIST}/([-0-9a-f]{{36}})"', page)


def link(page: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return unescape(found[1]) if found else None


async def test_all_refunds_are_reached_by_the_links_and_filtered_by_state_day_and_number(
    caller: httpx.AsyncClient, bearer: Bearer, many: list[RefundView]
) -> None:
    wang = bearer("finance")

    async def page(address: str) -> str:
        answer = await caller.get(address, headers=wang)
        assert answer.status_code == 200, answer.text
        return answer.text

    newest_first = [str(one.id) for one in reversed(many)]
    start = await page(LIST)
    onwards = link(start, "next")
    assert onwards is not None
    assert "第 1–50 笔，共 53 笔" in start
    end = await page(onwards)
    assert listed(start) + listed(end) == newest_first
    assert (link(start, "prev"), link(end, "next"), link(end, "prev")) == (None, None, f"{LIST}?page=1")
    assert listed(await page(f"{LIST}?page=9")) == listed(end)

    rejected, day = many[0], clock.local(many[0].proposed_at).date()
    waiting = await page(f"{LIST}?stands=proposed")
    assert link(waiting, "next") == f"{LIST}?stands=proposed&page=2"
    assert "待批准 52" in waiting
    before = await page(f"{LIST}?last={day}")
    assert listed(before) == [str(rejected.id)]
    assert "待批准 0" in before
    assert f"{LIST}?stands=rejected&amp;last={day}" in before
    assert listed(await page(f"{LIST}?first={day + timedelta(days=1)}&page=2")) == newest_first[50:52]
    one = many[7]
    assert listed(await page(f"{LIST}?number={one.number}&first=&last=&stands=")) == [str(one.id)]
    assert listed(await page(f"{LIST}?number={one.number[-4:].lower()}")) == [str(one.id)]
    assert len(listed(await page(f"{LIST}?number={one.bill_number}"))) == 50
    nothing = await page(f"{LIST}?number=%25")
    assert listed(nothing) == []
    assert "没有这样的退款单" in nothing
    backwards = await caller.get(f"{LIST}?first={day}&last={day - timedelta(days=1)}", headers=wang)
    assert backwards.status_code == 422
    assert "不晚于截止日" in backwards.text
    assert (await caller.get(f"{LIST}?page=0", headers=wang)).status_code == 422

    assert "51–53 of 53" in await page(f"{onwards}&lang=en")

    answered = (await caller.get("/v1/refunds", params={"last": str(day)}, headers=wang)).json()
    assert [each["id"] for each in answered] == [str(rejected.id)]
    assert (await caller.get("/v1/refunds", params={"page": 2}, headers=wang)).json() == []


async def test_cases_and_the_lines_of_an_account_are_reached_by_the_same_links(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.cases._A_PAGE", 2)
    monkeypatch.setattr("api.pages.book._A_PAGE", 2)
    view = await arrived_bill(house, played, home_case(), "transferee")
    (fee,) = await pieces(house, view.id, "non_tax")
    for _ in range(3):  # each opens a case for the counter, and stands in the book as a refund payable
        await pursued(house, played, await approved(house, view, [Wish(fee, 100)]))
    payable = refunds_payable(house.office.region(view.region)).code
    day = clock.today()
    for address, rows in (
        ("/finance/cases?kind=R-non-tax", r'class="number">(D\d{7})<'),
        (f"/finance/book/{payable}?start={day}&end={day}", r"¥1\.00</td>\n"),
    ):
        start = (await caller.get(address, headers=bearer("finance"))).text
        onwards = link(start, "next")
        assert onwards == f"{address}&page=2"
        end = (await caller.get(onwards, headers=bearer("finance"))).text
        assert (len(re.findall(rows, start)), len(re.findall(rows, end))) == (2, 1), address
        assert link(end, "next") is None
    assert ("期初余额" in start, "期末余额" in start) == (True, False)
    assert ("期初余额" in end, "期末余额" in end) == (False, True)
