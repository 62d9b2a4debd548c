"""`heyi ledger …` on a real database: verified, read, proved, and a proof checked with the head alone."""

import asyncio
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from api.cli.ledger import ledger_app
from api.people import Person, add_person
from foundation.database import engine, transaction
from foundation.errors import BadInput, NotAllowed, NotFound
from foundation.settings import Settings
from ledger import Entry, post, seal_day
from tests.ledger.book import DAY, Book, opened

Heyi = Callable[..., Result]

PASSWORD = "a-long-password"


async def written(url: str) -> tuple[Book, Entry, str]:
    """A book with two entries of a sealed day: the book, the first entry, the day's head."""
    async with opened(url) as book:
        entry = book.confirmed(12_345)
        async with transaction(book.made) as db:
            await post(db, [entry, book.paid(2_345, on=date(2026, 3, 18))])
            sealed = await seal_day(db, DAY)
        return book, entry, sealed.head().hex()


@pytest.fixture
def heyi(own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Heyi:
    monkeypatch.setattr("api.cli.surroundings.settings", lambda: Settings(database_url=own_database_url, home=tmp_path))

    def run(*words: str, exit_code: int = 0) -> Result:
        done = CliRunner().invoke(ledger_app, words, input=f"{PASSWORD}\n")
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == exit_code, done.output
        return done

    return run


async def tampered(url: str) -> None:
    owner = create_async_engine(url)
    async with owner.begin() as db:
        await db.execute(text("SET LOCAL session_replication_role = replica"))
        await db.execute(text("UPDATE ledger.entry SET reference = 'Test' WHERE id = 8193"))
    await owner.dispose()


def test_verify_names_what_is_wrong_and_fails(heyi: Heyi, own_database_url: str) -> None:
    _, entry, _ = asyncio.run(written(own_database_url))
    assert heyi("verify", "--readers", "2").output == "1 batches, 2 entries: nothing is wrong\n"
    asyncio.run(tampered(own_database_url))
    found = heyi("verify", exit_code=1).output.splitlines()
    assert found == [f"entry_differs_from_digest: {entry.key}", "1 batches, 2 entries: 1 findings"]


def test_the_trial_balance_as_of_a_day_and_as_known(heyi: Heyi, own_database_url: str) -> None:
    book, _, _ = asyncio.run(written(own_database_url))
    now = heyi("balances", "--region", "341502").output.splitlines()
    assert now[-1].split() == ["total", "146.90", "146.90"]
    assert next(line for line in now if line.startswith(book.code("receivable"))).split()[1:] == [
        "123.45",
        "23.45",
        "100.00",
    ]
    then = heyi("balances", "--on", "2026-03-17", "--prefix", book.code("receivable"), "--csv").output
    assert then.lstrip("\ufeff").splitlines()[1] == f"{book.code('receivable')},应收,123.45,0.00,123.45,借"
    before = heyi("balances", "--on", "2026-03-17", "--known-at", "2020-01-01T00:00:00+08:00").output
    assert before.splitlines()[-1].split() == ["total", "0.00", "0.00"]


def test_a_statement_runs_from_opening_to_closing(heyi: Heyi, own_database_url: str, tmp_path: Path) -> None:
    book, entry, _ = asyncio.run(written(own_database_url))
    receivable = book.code("receivable")
    shown = heyi("statement", receivable, "2026-03-18", "2026-03-18").output
    assert shown.splitlines()[0].split() == ["opening", "123.45"]
    assert "payment_received" in shown
    assert shown.splitlines()[-1].split() == ["closing", "100.00"]
    rows = heyi("statement", receivable, "2026-03-17", "2026-03-18", "--csv").output.lstrip("\ufeff").splitlines()
    assert [row.split(",")[2] for row in rows[1:]] == ["期初余额", "缴款单确认", "收到缴款", "期末余额"]
    assert rows[2].endswith(f"{entry.key},")
    file = tmp_path / "statement.xlsx"
    heyi("statement", receivable, "2026-03-17", "2026-03-18", "--xlsx", str(file), "--language", "en")
    assert [cell.value for cell in load_workbook(file)["Account statement"]["H"]] == ["Balance", 0, 123.45, 100, 100]
    with pytest.raises(NotFound):
        heyi("statement", "341502:receivable:none", "2026-03-17", "2026-03-18")


def test_a_proof_is_checked_with_the_head_alone(heyi: Heyi, own_database_url: str, tmp_path: Path) -> None:
    _, entry, head = asyncio.run(written(own_database_url))
    file = tmp_path / "proof.json"
    file.write_text(heyi("prove", str(entry.key)).output, encoding="utf-8")
    held = heyi("check-proof", str(file), "--head", head).output
    assert "the proof holds" in held
    assert held.endswith(entry.canonical().decode())
    assert "does not hold" in heyi("check-proof", str(file), "--head", "0" * 64, exit_code=1).output
    changed = json.loads(file.read_text(encoding="utf-8"))
    changed["entry"] = changed["entry"].replace("12345", "12346")
    file.write_text(json.dumps(changed), encoding="utf-8")
    assert "does not hold" in heyi("check-proof", str(file), "--head", head, exit_code=1).output


@pytest.mark.parametrize(
    "words",
    [
        ("balances", "--on", "17.3.2026"),
        ("balances", "--on", "2026-03-17", "--known-at", "2026-03-17T18:00:00"),
        ("balances", "--known-at", "2026-03-17T18:00:00+08:00"),
        ("check-proof", __file__, "--head", "0" * 63),
        ("check-proof", __file__, "--head", "0" * 64),
    ],
)
def test_what_cannot_be_read_is_named(heyi: Heyi, words: tuple[str, ...]) -> None:
    with pytest.raises(BadInput):
        heyi(*words)


async def finance_officers(url: str) -> None:
    database = engine(url)
    for name, role in (("wang", "finance"), ("li", "finance"), ("zhao", "clerk")):
        await add_person(database, Person(name, role, "341502"), PASSWORD)
    await database.dispose()


def test_a_month_is_closed_by_one_and_reopened_by_two(heyi: Heyi, own_database_url: str) -> None:
    book, _, _ = asyncio.run(written(own_database_url))
    asyncio.run(finance_officers(own_database_url))
    assert "2026-03: 31 days were open" in heyi("close", "2026-03", "--name", "wang").output
    assert "2026-03: 0 days were open" in heyi("close", "2026-03", "--name", "wang").output
    with pytest.raises(NotAllowed):
        heyi("close", "2026-03", "--name", "zhao")
    asked = heyi("reopen", "2026-03-17", "a file came late", "--name", "wang").output
    proposal = asked.split()[-1]
    assert PASSWORD not in asked
    assert f"{proposal}  2026-03-17  wang / —  a file came late" in heyi("reopenings", book.region).output
    with pytest.raises(NotAllowed, match="second person"):
        heyi("approve", proposal, "--name", "wang")
    assert "open again: 2026-03-17" in heyi("approve", proposal, "--name", "li").output
    assert "wang / li" in heyi("reopenings", book.region).output
    assert "2026-03: 1 days were open" in heyi("close", "2026-03", "--name", "li").output
    with pytest.raises(BadInput, match="month"):
        heyi("close", "2026-13", "--name", "wang")
