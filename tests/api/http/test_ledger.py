"""The book over HTTP: read by finance of the region alone, exported, proved."""

import csv
from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO
from uuid import UUID, uuid4

import httpx
import pytest
from openpyxl import load_workbook

from api.wiring import House
from foundation.database import transaction
from ledger import (
    Account,
    AccountClass,
    Entry,
    EntryKind,
    Transfer,
    open_accounts,
    post,
    seal_day,
)
from ledger.proof_form import read_proof

Bearer = Callable[..., dict[str, str]]

REGION = "341502"
RECEIVABLE, DUE = f"{REGION}:receivable:test", f"{REGION}:due_treasury:test"
DAY, NEXT = date(2026, 3, 17), date(2026, 3, 18)


@pytest.fixture
async def entry(house: House) -> Entry:
    """The first of two entries on two days."""
    entries = [
        Entry(uuid4(), EntryKind.bill_confirmed, day, reference, (Transfer(RECEIVABLE, DUE, fen),))
        for day, reference, fen in ((DAY, "=1+1", 12_345), (NEXT, "bill 2", 5))
    ]
    async with transaction(house.office.database) as db:
        await open_accounts(
            db,
            [
                Account(RECEIVABLE, REGION, AccountClass.receivable),
                Account(DUE, REGION, AccountClass.due_treasury),
            ],
        )
        await post(db, entries)
    return entries[0]


@pytest.mark.usefixtures("entry")
async def test_the_trial_balance_of_a_day(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    async def at(**asked: str) -> list[tuple[str, int, int]]:
        answer = await caller.get("/v1/ledger/balances", params=asked, headers=bearer("finance"))
        assert answer.status_code == 200, answer.text
        return [(one["cls"], one["debits"], one["credits"]) for one in answer.json()]

    assert await at(on="2026-03-17") == [("due_treasury", 0, 12_345), ("receivable", 12_345, 0)]
    assert await at() == [("due_treasury", 0, 12_350), ("receivable", 12_350, 0)]
    known = await at(on="2026-03-17", known_at="2020-01-01T00:00:00+08:00")
    assert known == [("due_treasury", 0, 0), ("receivable", 0, 0)]
    elsewhere = await caller.get("/v1/ledger/balances", headers=bearer("finance", region="110105"))
    assert elsewhere.json() == []
    naive = {"on": "2026-03-17", "known_at": "2026-03-17T00:00:00"}
    assert (await caller.get("/v1/ledger/balances", params=naive, headers=bearer("finance"))).status_code == 422


async def test_a_statement_and_its_export(caller: httpx.AsyncClient, bearer: Bearer, entry: Entry) -> None:
    address = f"/v1/ledger/accounts/{RECEIVABLE}/statement"
    asked = {"start": "2026-03-17", "end": "2026-03-18"}
    account = (await caller.get(address, params=asked, headers=bearer("finance"))).json()
    assert (account["opening"], account["closing"]) == (0, 12_350)
    first = account["lines"][0]
    assert (first["key"], first["facing"], first["balance"]) == (str(entry.key), DUE, 12_345)
    exported = await caller.get(address, params=asked | {"format": "csv", "lang": "en"}, headers=bearer("finance"))
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="statement-2026-03-17-2026-03-18.csv"' in exported.headers["content-disposition"]
    assert exported.content.startswith("\ufeff".encode())
    rows = list(csv.DictReader(StringIO(exported.text.lstrip("\ufeff"))))
    assert [(row["What happened"], row["Debits"], row["Balance"]) for row in rows] == [
        ("Opening balance", "", "0.00"),
        ("Bill confirmed", "123.45", "123.45"),
        ("Bill confirmed", "0.05", "123.50"),
        ("Closing balance", "123.50", "123.50"),
    ]
    assert rows[1]["Reference"] == "'=1+1"  # no spreadsheet works it out
    kept = await caller.get(address, params=asked | {"format": "xlsx"}, headers=bearer("finance"))
    assert 'filename="statement-2026-03-17-2026-03-18.xlsx"' in kept.headers["content-disposition"]
    sheet = load_workbook(BytesIO(kept.content))["科目明细账"]
    assert [cell.value for cell in sheet["D"]] == ["摘要", None, "=1+1", "bill 2", None]
    assert [cell.data_type for cell in sheet["D"]][2] == "s"
    assert [cell.value for cell in sheet["H"]] == ["余额", 0, 123.45, 123.5, 123.5]


@pytest.mark.usefixtures("entry")
async def test_the_trial_balance_is_exported_with_its_sums(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    exported = await caller.get("/v1/ledger/balances?format=csv&on=2026-03-17", headers=bearer("finance"))
    rows = list(csv.reader(StringIO(exported.text.lstrip("\ufeff"))))
    assert rows[1] == [DUE, "应缴国库", "0.00", "123.45", "123.45", "贷"]
    assert rows[-1] == ["合计", "", "123.45", "123.45", "", ""]
    kept = await caller.get("/v1/ledger/balances?format=xlsx&on=2026-03-17&lang=en", headers=bearer("finance"))
    sheet = load_workbook(BytesIO(kept.content))["Trial balance"]
    assert [cell.value for cell in sheet[2]] == [DUE, "Due to treasury", 0, 123.45, 123.45, "Cr"]
    assert [cell.value for cell in sheet[4]] == ["Total", None, 123.45, 123.45, None, None]


@pytest.mark.parametrize(
    ("address", "who", "status"),
    [
        (f"accounts/{RECEIVABLE}/statement?start=2026-03-17&end=2026-03-16", ("finance", REGION), 422),
        (f"accounts/{RECEIVABLE}/statement?start=2026-03-17&end=2027-03-19", ("finance", REGION), 422),
        (f"accounts/{RECEIVABLE}/statement?start=2026-03-17&end=2026-03-18", ("finance", "110105"), 403),
        (f"accounts/{RECEIVABLE}/statement?start=2026-03-17&end=2026-03-18", ("clerk", REGION), 403),
        (f"accounts/{REGION}:bank:none/statement?start=2026-03-17&end=2026-03-18", ("finance", REGION), 404),
        ("balances", ("tax_officer", REGION), 403),
        (f"proofs/{UUID(int=1)}", ("finance", REGION), 404),
    ],
)
@pytest.mark.usefixtures("entry")
async def test_who_may_not_read_what(
    caller: httpx.AsyncClient, bearer: Bearer, address: str, who: tuple[str, str], status: int
) -> None:
    role, region = who
    answer = await caller.get(f"/v1/ledger/{address}", headers=bearer(role, region=region))
    assert answer.status_code == status, answer.text


async def test_a_proof_holds_under_the_published_head(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, entry: Entry
) -> None:
    async with transaction(house.office.database) as db:
        sealed = await seal_day(db, DAY)
    answer = await caller.get(f"/v1/ledger/proofs/{entry.key}", headers=bearer("finance"))
    assert read_proof(answer.content).holds(sealed.head())
    elsewhere = await caller.get(f"/v1/ledger/proofs/{entry.key}", headers=bearer("finance", region="110105"))
    assert elsewhere.status_code == 404
