"""Red letters on a refund's page: proposed with a reason, approved by another, issued once, and named as it closes."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from api.wiring import House
from foundation.identifiers import new_id
from settlement.receipts.red_letters import read_red_letter
from settlement.refunds.errands import close_errand
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import read_refund
from tests.played import Played, home_case
from tests.settlement.refunds.conftest import DECIDES, approved, arrived_bill, pieces

_SAME = {"Origin": "http://heyi.test"}

Bearer = Callable[..., dict[str, str]]


@dataclass(frozen=True, slots=True)
class Fee:
    """An approved refund of a fee that is in the non-tax account, its line, and the two people."""

    bill_id: UUID
    bill_number: str
    path: str
    line_id: UUID
    wang: dict[str, str]
    li: dict[str, str]

    @property
    def letter(self) -> str:
        return f"{self.path}/lines/{self.line_id}/red-letter"


@pytest.fixture
async def fee(house: House, played: Played, bearer: Bearer) -> Fee:
    bill = await arrived_bill(house, played, home_case(), "transferee")
    refund_id = await approved(house, bill, [Wish(one) for one in await pieces(house, bill.id)])
    view = await read_refund(house.office, refund_id)
    line = next(one for one in view.lines if one.way == "non_tax")
    wang, li = (bearer("finance", name=name) | _SAME for name in ("王芳", "李强"))
    return Fee(bill.id, bill.number, f"/finance/refunds/{refund_id}", line.id, wang, li)


async def test_one_proposes_another_approves_and_the_receipt_closes_the_line(
    caller: httpx.AsyncClient, house: House, fee: Fee
) -> None:
    page = (await caller.get(fee.path, headers=fee.wang)).text
    assert page.count(f'action="{fee.letter}"') == 1  # the taxes of the same refund have no e-receipt
    assert "未申请" in page
    assert "冲红待批准 0" in (await caller.get("/finance/refunds", headers=fee.wang)).text

    bill = (await caller.get(f"/papers/{fee.bill_id}", headers=fee.wang)).text
    assert f'href="/finance/refunds?number={fee.bill_number}"' in bill
    assert fee.path in (await caller.get(f"/finance/refunds?number={fee.bill_number}", headers=fee.wang)).text

    asked = await caller.post(fee.letter, data={"reason": " 合同解除，退还登记费 "}, headers=fee.wang)
    assert (asked.status_code, asked.headers["location"]) == (303, fee.path)
    own = (await caller.get(fee.path, headers=fee.wang)).text
    assert "您已提出，须由另一位财务人员批准" in own
    assert f"{fee.letter}/approve" not in own
    listed = (await caller.get("/finance/refunds?stands=red_letter", headers=fee.li)).text
    for shown in (fee.path, "冲红待批准 1", '<small class="block">冲红待批准</small>'):
        assert shown in listed
    theirs = (await caller.get(fee.path, headers=fee.li)).text
    for shown in (f"{fee.letter}/approve", f"{fee.letter}/reject", "合同解除，退还登记费", "王芳", "待批准"):
        assert shown in theirs
    forbidden = await caller.post(f"{fee.letter}/approve", headers=fee.wang)
    assert forbidden.status_code == 403
    assert "王芳 提出了冲红，须由另一人批准" in forbidden.text

    assert (await caller.post(f"{fee.letter}/approve", headers=fee.li)).status_code == 303
    receipt = (await read_red_letter(house.office, fee.line_id)).receipt
    assert receipt is not None
    issued = (await caller.get(fee.path, headers=fee.wang)).text
    for shown in ("已开具", f"{receipt.code}-{receipt.number}", receipt.check_code, "李强：批准冲红", "红字票据已开具"):
        assert shown in issued
    assert f"{fee.letter}/approve" not in issued
    assert 'name="red_receipt"' not in issued  # nobody types what the platform has said
    given_back = f"{fee.path}/lines/{fee.line_id}/given-back"
    assert (await caller.post(given_back, data={"reference": "TF-1"}, headers=fee.wang)).status_code == 303
    assert f"红字票据 {receipt.number}" in (await caller.get(fee.path, headers=fee.wang)).text
    english = (await caller.get(f"{fee.path}?lang=en", headers=fee.li)).text
    for shown in ("Red-letter e-receipts", "issued", "李强: approved the red letter"):
        assert shown in english


async def test_it_is_rejected_or_withdrawn_with_a_reason_and_proposed_anew(caller: httpx.AsyncClient, fee: Fee) -> None:
    silent = await caller.post(fee.letter, data={"reason": "一"}, headers=fee.wang)
    assert silent.status_code == 422
    assert f'href="#f-reason-{fee.line_id}">' in silent.text
    assert 'value="一"' in silent.text
    for who, why in ((fee.li, "金额有误"), (fee.wang, "开错了")):  # by another, and by oneself
        assert (await caller.post(fee.letter, data={"reason": "退还登记费"}, headers=fee.wang)).status_code == 303
        twice = await caller.post(fee.letter, data={"reason": "退还登记费"}, headers=fee.li)
        assert twice.status_code == 409
        assert "已提出冲红" in twice.text
        assert (await caller.post(f"{fee.letter}/reject", data={"reason": why}, headers=who)).status_code == 303
        page = (await caller.get(fee.path, headers=fee.wang)).text
        assert why in page
        assert f'action="{fee.letter}"' in page
    nothing = await caller.post(f"{fee.letter}/approve", headers=fee.li)
    assert nothing.status_code == 404
    assert "没有待办的冲红" in nothing.text


async def test_an_answer_that_was_lost_is_asked_for_again(caller: httpx.AsyncClient, played: Played, fee: Fee) -> None:
    await caller.post(fee.letter, data={"reason": "退还登记费"}, headers=fee.wang)
    played.control("faults", {"kind": "desk", "how": "red_letter_lost"})
    lost = await caller.post(f"{fee.letter}/approve", headers=fee.li)
    assert lost.status_code == 503
    assert "尚未收到票据平台的答复" in lost.text
    assert "再次索取" in lost.text
    assert "再次索取</button>" in (await caller.get(fee.path, headers=fee.wang)).text
    again = [
        await caller.post(f"{fee.letter}/approve", headers=who) for who in (fee.wang, fee.li)
    ]  # who proposed first
    assert [one.status_code for one in again] == [303, 303]
    assert "已开具" in (await caller.get(fee.path, headers=fee.li)).text
    assert len(played.simulator.world.red_receipts) == 1


async def test_what_was_given_back_meanwhile_is_not_taken_back_but_can_be_withdrawn(
    caller: httpx.AsyncClient, house: House, played: Played, fee: Fee
) -> None:
    await caller.post(fee.letter, data={"reason": "退还登记费"}, headers=fee.wang)
    await close_errand(house.office, fee.line_id, "TF-1", "34-1", DECIDES)  # with a red receipt from elsewhere
    late = await caller.post(f"{fee.letter}/approve", headers=fee.li)
    assert late.status_code == 409
    assert "只有已批准的非税退付才能冲红" in late.text
    assert played.simulator.world.red_receipts == {}
    said = await caller.post(f"{fee.letter}/reject", data={"reason": "已在别处开具"}, headers=fee.li)
    assert said.status_code == 303
    assert "red-letter" not in (await caller.get(fee.path, headers=fee.li)).text


async def test_red_letters_are_for_finance_of_the_refunds_own_region(
    caller: httpx.AsyncClient, bearer: Bearer, fee: Fee
) -> None:
    told = {"reason": "退还登记费"}
    for step in ("", "/approve", "/reject"):
        for who in (
            bearer("finance", region="360102"),
            bearer("clerk"),
            bearer("finance") | {"Origin": "https://x.example"},
        ):
            refused = await caller.post(fee.letter + step, data=told, headers=_SAME | who)
            assert refused.status_code == 403, refused.text
        strange = f"{fee.path}/lines/{new_id()}/red-letter{step}"
        assert (await caller.post(strange, data=told, headers=fee.wang)).status_code == 404
