"""A developer's list: each row becomes a bill or says its own fault, and all of it comes back as Excel."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from api.case_lists import read_list
from api.wiring import EXAMPLE_REGIONS, House
from foundation.errors import HeyiError
from settlement.batches.reading import read_batch
from settlement.batches.taking_in import work_through
from settlement.kinds import business_kind
from settlement.regions import load_regions

Bearer = Callable[..., dict[str, str]]
_REGION = load_regions(EXAMPLE_REGIONS, {"HEYI_OUTSIDE": "http://outside.test", "HEYI_KEYS": "keys"})["341502"]
_BUYERS = ("341502190001010016", "341502190002020021", "341502190003030037")


def sheet_of(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def a_list(headings: list[str], *changes: dict[str, Any]) -> bytes:
    """New homes, one a row, with what a row has otherwise."""
    rows: list[list[Any]] = [headings]
    for place, change in enumerate(changes):
        row = {
            "受理编号": f"LA-NEW-{place + 1:04d}",
            "不动产单元代码": f"341502001001GB00012F0003{place + 1:04d}",
            "权利人（买方） 姓名（名称）": "王晓明",
            "权利人（买方） 证件": "居民身份证",
            "权利人（买方） 证件号码": _BUYERS[place % 3],
            "义务人（卖方） 姓名（名称）": "示例置业有限公司",
            "义务人（卖方） 证件": "统一社会信用代码",
            "义务人（卖方） 证件号码": "91110000MA0000000H",
            "房屋用途": "住宅",
            "面积": 120.5,
            "成交价格": 1_500_000,
            "成交价格是否含增值税": "否",
            "合同签订日": "2026-11-20",
            "权利人（承受方）类型": "个人",
            "买方家庭已有住房套数": 0,
            "房屋所在地": "市区",
            **change,
        }
        rows.append([row.get(heading) for heading in headings])
    return sheet_of(rows)


async def headings_of(caller: httpx.AsyncClient, bearer: Bearer) -> list[str]:
    empty = await caller.get("/v1/batches/empty?kind=new_home", headers=bearer("clerk"))
    assert empty.status_code == 200, empty.text
    return [str(cell.value) for cell in next(load_workbook(BytesIO(empty.content)).worksheets[0].iter_rows())]


async def taken_in(caller: httpx.AsyncClient, bearer: Bearer, content: bytes) -> httpx.Response:
    files = {"file": ("新房.xlsx", content, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")}
    return await caller.post("/v1/batches", files=files, data={"kind": "new_home"}, headers=bearer("clerk"))


async def test_a_list_becomes_bills_and_each_wrong_row_says_why(
    caller: httpx.AsyncClient, bearer: Bearer, house: House
) -> None:
    headings = await headings_of(caller, bearer)
    content = a_list(headings, {}, {"成交价格": "面议"}, {}, {"受理编号": "LA-NEW-0001"}, {"房屋用途": "宫殿"})
    answer = await taken_in(caller, bearer, content)
    assert answer.status_code == 202, answer.text
    batch_id = UUID(answer.json()["id"])
    await work_through(house.office, batch_id)
    view = await read_batch(house.office, batch_id)
    assert [one.state for one in view.rows] == ["drafted", "refused", "drafted", "refused", "refused"]
    assert [one.number for one in view.rows] == [2, 3, 4, 5, 6]
    assert view.rows[1].fault and view.rows[1].fault["field"] == "price.amount_fen"
    assert view.rows[3].fault and view.rows[3].fault["code"] == "case_has_bill"
    confirmed = await caller.post(f"/v1/batches/{batch_id}/confirm", headers=bearer("clerk"))
    assert confirmed.status_code == 202, confirmed.text
    await work_through(house.office, batch_id)
    done = await read_batch(house.office, batch_id)
    assert [one.state for one in done.rows].count("confirmed") == 2
    assert not done.busy
    book = load_workbook(
        BytesIO((await caller.get(f"/v1/batches/{batch_id}/results", headers=bearer("clerk"))).content)
    )
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[1][5].startswith("http")
    assert rows[-1][4] == sum(row[4] or 0 for row in rows[1:-1]) == done.amount_fen / 100


async def test_work_that_was_cut_off_goes_on_without_a_second_bill(
    caller: httpx.AsyncClient, bearer: Bearer, house: House
) -> None:
    answer = await taken_in(caller, bearer, a_list(await headings_of(caller, bearer), {}, {}))
    batch_id = UUID(answer.json()["id"])
    for _ in range(3):
        await work_through(house.office, batch_id)
    view = await read_batch(house.office, batch_id)
    assert [one.state for one in view.rows] == ["drafted", "drafted"]
    again = await taken_in(caller, bearer, a_list(await headings_of(caller, bearer), {}, {}))
    second = UUID(again.json()["id"])
    await work_through(house.office, second)
    assert {one.state for one in (await read_batch(house.office, second)).rows} == {"refused"}


async def test_several_buyers_stand_in_one_cell(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    change = {"权利人（买方） 姓名（名称）": "王晓明；李国强", "权利人（买方） 证件号码": ";".join(_BUYERS[:2])}
    content = a_list(await headings_of(caller, bearer), change)
    (row,) = read_list(content, business_kind("new_home"), _REGION)
    assert [one["identity"] for one in row.case["parties"] if one["side"] == "transferee"] == list(_BUYERS[:2])


@pytest.mark.parametrize(
    ("content", "field"),
    [(b"", "file"), (b"PK\x03\x04 not really", "file"), (sheet_of([["受理编号", "颜色"]]), "heading"),
     (sheet_of([["受理编号"]]), "heading"), (sheet_of([["受理编号", "不动产单元代码"]]), "rows")],
)  # fmt: skip
async def test_a_file_that_is_no_list_is_refused(
    caller: httpx.AsyncClient, bearer: Bearer, content: bytes, field: str
) -> None:
    answer = await taken_in(caller, bearer, content)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=20),
            st.integers(-(10**9), 10**9),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        min_size=6,
        max_size=6,
    )
)
def test_whatever_stands_in_a_row_is_a_case_or_a_fault(cells: list[Any]) -> None:
    headings = ["受理编号", "不动产单元代码", "成交价格", "合同签订日", "房屋用途", "面积"]
    try:
        rows = read_list(sheet_of([headings, cells]), business_kind("new_home"), _REGION)
    except HeyiError as refused:
        assert refused.detail  # noqa: PT017 - a whole file may be refused as well
        return
    assert len(rows) == any(cell not in (None, "") for cell in cells)


async def test_a_list_of_another_region_is_not_shown(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await taken_in(caller, bearer, a_list(await headings_of(caller, bearer), {}))
    other = await caller.get(f"/v1/batches/{answer.json()['id']}", headers=bearer("clerk", region="360102"))
    assert other.status_code == 403
