"""The papers of a signed day: PDF and Excel say the same, and the manifests chain."""

import hashlib
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import openpyxl
import pypdf
import pytest

from api.wiring import House
from foundation import clock
from foundation.money import yuan
from settlement.allocation.following import follow_bill
from settlement.payments.queries import query_bill
from tests.played import Played, confirmed, home_case, paid

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
async def day(house: House, played: Played) -> date:
    """A day on which a bill was paid, with a row too many in the channel's file, seen two mornings later."""
    morning = clock.local_now().subtract(days=3).replace(hour=10)
    played.set_clocks(morning)
    day = clock.today()
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    played.set_clocks(morning + timedelta(hours=2))
    await follow_bill(house.office, view.id)
    row = {"kind": "row", "how": "added", "source": "channel", "region": "341502", "day": str(day)}
    played.control("faults", row)
    played.set_clocks(morning + timedelta(days=2))
    return day


async def signed(caller: httpx.AsyncClient, bearer: Bearer, day: date) -> Any:
    report = (await caller.post(f"/v1/days/{day}/close", headers=bearer("finance"))).json()
    await caller.post(f"/v1/days/{day}/prepare", json={"remark": "已立单"}, headers=bearer("finance", name="wang"))
    answer = await caller.post(f"/v1/days/{day}/sign", headers=bearer("finance", name="li"))
    assert answer.status_code == 200, answer.text
    return report


async def fetched(caller: httpx.AsyncClient, bearer: Bearer, day: date, form: str) -> bytes:
    answer = await caller.get(f"/v1/days/{day}/report.{form}", headers=bearer("finance"))
    assert answer.status_code == 200, answer.text
    assert hashlib.sha256(answer.content).hexdigest() == answer.headers["x-sha256"]
    return answer.content


async def test_pdf_and_excel_have_the_same_totals_as_the_report(
    caller: httpx.AsyncClient, bearer: Bearer, day: date
) -> None:
    report = await signed(caller, bearer, day)
    book = openpyxl.load_workbook(io.BytesIO(await fetched(caller, bearer, day, "xlsx")))
    text = " ".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(await fetched(caller, bearer, day, "pdf"))).pages
    ).split()
    *rows, totals = [[cell.value for cell in row] for row in book["各来源"].iter_rows(min_row=2)]
    for source, row in zip(report["sources"], rows, strict=True):
        for place, side in ((2, "ours"), (4, "theirs"), (6, "matched")):
            assert row[place] == source[side]["count"]
            assert Decimal(str(row[place + 1])) == Decimal(source[side]["fen"]) / 100
            assert yuan(source[side]["fen"]) in text
    for place, side in ((3, "ours"), (5, "theirs"), (7, "matched")):
        fen = sum(source[side]["fen"] for source in report["sources"])
        assert Decimal(str(totals[place])) == Decimal(fen) / 100
        assert yuan(fen) in text
    for equation, row in zip(
        report["equations"], (row for row in book["必须成立的等式"].iter_rows(min_row=2) if row[2].value is not None),
        strict=True,
    ):  # fmt: skip
        assert Decimal(str(row[1].value)) == Decimal(equation["left_fen"]) / 100
        assert yuan(equation["left_fen"]) in text
    assert "P-5" in text
    assert {"余额调节表", "差错清单", "签字"} <= set(book.sheetnames)


async def test_the_manifests_chain_from_day_to_day(caller: httpx.AsyncClient, bearer: Bearer, day: date) -> None:
    await signed(caller, bearer, day)
    first = await fetched(caller, bearer, day, "json")
    await signed(caller, bearer, day + timedelta(days=1))
    second = json.loads(await fetched(caller, bearer, day + timedelta(days=1), "json"))
    assert second["previous"] == {"day": str(day), "version": 1, "sha256": hashlib.sha256(first).hexdigest()}
    for paper in json.loads(first)["papers"]:
        content = await fetched(caller, bearer, day, paper["name"].rsplit(".", 1)[1])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (paper["bytes"], paper["sha256"])
    assert {one["source"] for one in json.loads(first)["statements"]} == {"channel", "treasury", "non_tax"}


async def test_a_draft_is_no_paper_of_a_signed_day(caller: httpx.AsyncClient, bearer: Bearer, day: date) -> None:
    await caller.post(f"/v1/days/{day}/close", headers=bearer("finance"))
    answer = await caller.get(f"/v1/days/{day}/report.xlsx?lang=en", headers=bearer("finance"))
    assert "draft" in answer.headers["content-disposition"]
    assert "Sources" in openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames
    assert (await caller.get(f"/v1/days/{day}/report.json", headers=bearer("finance"))).status_code == 404
