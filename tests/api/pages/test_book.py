"""Finance's pages of the book: the trial balance as of a day, and where an account's money came from."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from api.pages.texts import texts
from api.wiring import House
from ledger import AccountClass, EntryKind
from ledger.proof_form import read_proof
from settlement.postings import in_transit
from tests.api.pages.test_finance import a_paid_day
from tests.played import Played

Bearer = Callable[..., dict[str, str]]


async def test_the_trial_balance_is_as_of_its_day(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    day = await a_paid_day(house, played)
    then = (await caller.get(f"/finance/book?on={day}", headers=bearer("finance"))).text
    assert f"截至 {day} 的试算平衡" in then
    assert "借贷相等 ✓" in then
    assert f"/v1/ledger/balances?on={day}&amp;format=csv" in then
    earlier = (await caller.get(f"/finance/book?on={day - timedelta(days=1)}", headers=bearer("finance"))).text
    assert set(re.findall(r"¥[0-9.,]+", earlier)) == {"¥0.00"}
    assert "Trial balance" in (await caller.get("/finance/book?lang=en", headers=bearer("finance"))).text


async def test_the_trial_balance_as_it_was_known(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    day = await a_paid_day(house, played)
    known = f"{day}T09:00"
    page = (await caller.get(f"/finance/book?on={day}&known_at={known}", headers=bearer("finance"))).text
    assert set(re.findall(r"¥[0-9.,]+", page)) == {"¥0.00"}
    assert f"只计 {day} 09:00 前入账的分录" in page
    assert f'value="{known}"' in page
    link = html.unescape(next(one for one in re.findall(r'href="(/v1/ledger/balances[^"]+)"', page) if "csv" in one))
    assert "0.00" in (rows := (await caller.get(link, headers=bearer("finance"))).text)
    assert not re.search(r"[1-9]\.[0-9]{2}", rows)
    now = (await caller.get(f"/finance/book?on={day}&known_at=", headers=bearer("finance"))).text
    assert "只计" not in now
    assert len(set(re.findall(r"¥[0-9.,]+", now))) > 1


async def test_a_statement_leads_from_opening_to_closing(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    day = await a_paid_day(house, played)
    board = (await caller.get("/finance", headers=bearer("finance"))).text
    address = next(one for one in re.findall(r'href="(/finance/book/[^"]+)"', board) if ":channel_transit:" in one)
    page = (await caller.get(f"{address}?start={day}&end={day}", headers=bearer("finance"))).text
    assert "渠道在途" in page
    assert "收到缴款" in page
    assert "期末余额" in page
    before = (await caller.get(f"{address}?start=2026-01-01&end=2026-01-31", headers=bearer("finance"))).text
    assert "这段时间没有记账" in before


async def test_a_receipt_is_proved_under_the_head_of_the_signed_day(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    day = await a_paid_day(house, played)
    for step, name in (("close", "刘洋"), ("prepare", "刘洋"), ("sign", "王芳")):
        headers = bearer("finance", name=name) | {"Origin": "http://heyi.test"}
        assert (await caller.post(f"/finance/{step}", data={"day": str(day)}, headers=headers)).status_code == 303
    head = (await caller.get(f"/v1/days/{day}", headers=bearer("finance"))).json()["book_head"]
    assert head in (await caller.get(f"/finance?day={day}", headers=bearer("finance"))).text
    account = in_transit(house.office.region("341502")).code
    asked = f"/v1/ledger/accounts/{account}/statement?start={day}&end={day}"
    received = (await caller.get(asked, headers=bearer("finance"))).json()["lines"][0]
    proof = await caller.get(f"/v1/ledger/proofs/{received['key']}", headers=bearer("finance"))
    assert read_proof(proof.content).holds(bytes.fromhex(head))


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/finance/book?on=yesterday", 422, "截至日期"),
        ("/finance/book/341502:bank:all?start=2026-03-02&end=2026-03-01", 422, "截止日期"),
        ("/finance/book/341502:bank:none", 404, "341502:bank:none"),
        ("/finance/book/110105:bank:all", 403, "110105"),
    ],
)
async def test_what_cannot_be_shown_is_said_on_a_page(
    caller: httpx.AsyncClient, bearer: Bearer, address: str, status: int, said: str
) -> None:
    answer = await caller.get(address, headers=bearer("finance"))
    assert answer.status_code == status
    assert said in answer.text


async def test_the_book_is_for_finance(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    assert (await caller.get("/finance/book", headers=bearer("clerk"))).status_code == 403


def test_every_class_and_kind_has_a_word() -> None:
    assert {f"class.{one.value}" for one in AccountClass} | {
        f"entry.{one.value}" for one in EntryKind
    } <= texts().keys()
