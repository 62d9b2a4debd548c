"""`heyi ledger …`: the book verified, read and proved, for those who look after it and those who check."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from api.cli import periods
from api.cli.surroundings import on_the_database
from foundation.errors import BadInput

if TYPE_CHECKING:  # heyi --help stays fast
    from api.pages.texts import Speech
    from api.spreadsheets import Table
    from ledger import Balance, Statement

ledger_app = typer.Typer(no_args_is_help=True, help="The book: verified, read, proved, closed.")
periods.add_commands(ledger_app)

Csv = Annotated[bool, typer.Option("--csv", help="As CSV, amounts in yuan.")]
Xlsx = Annotated[Path | None, typer.Option("--xlsx", dir_okay=False, help="As Excel, into this file.")]


class Language(StrEnum):
    """The language of an export."""

    zh = "zh"
    en = "en"


InLanguage = Annotated[Language, typer.Option(help="The language of an export's headings.")]


@ledger_app.command("verify")
def verify_book(
    readers: Annotated[int, typer.Option(min=1, max=16, help="Connections that read side by side.")] = 4,
) -> None:
    """Recomputes the whole book and names what is wrong; exit status 1 where something is."""
    from ledger import verify

    report = on_the_database(lambda made: verify(made, readers))
    for finding in report.findings:
        typer.echo(f"{finding.kind.value}: {finding.subject}")
    found = f"{len(report.findings)} findings" if report.findings else "nothing is wrong"
    typer.echo(f"{report.batches} batches, {report.entries} entries: {found}")
    if report.findings:
        raise typer.Exit(1)


@ledger_app.command("balances")
def trial_balance(
    on: Annotated[str | None, typer.Option(help="The effective day at whose end; else now.")] = None,
    known_at: Annotated[str | None, typer.Option(help="As known at this time, with its offset.")] = None,
    region: Annotated[str | None, typer.Option(help="Of this region alone.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Of the accounts whose code begins so.")] = None,
    as_csv: Csv = False,
    xlsx: Xlsx = None,
    language: InLanguage = Language.zh,
) -> None:
    """The trial balance: debits, credits and balance of each account."""
    from api.book_tables import trial_balance_table
    from foundation.money import yuan
    from ledger import balances, balances_as_of

    day = _day("on", on) if on else None
    known = _instant(known_at) if known_at else None
    if known and not day:
        raise BadInput("known-at", known_at, "together with --on")

    async def read(made: AsyncEngine) -> "list[Balance]":
        async with made.connect() as db:
            if day:
                return await balances_as_of(db, day, known, prefix, region)
            return await balances(db, prefix, region)

    book = on_the_database(read)
    if _exported(lambda t: trial_balance_table(t, book), as_csv, xlsx, language):
        return
    for one in book:
        typer.echo(f"{one.code:<56} {yuan(one.debits):>20} {yuan(one.credits):>20} {yuan(one.balance):>20}")
    debits, credits = sum(one.debits for one in book), sum(one.credits for one in book)
    typer.echo(f"{'total':<56} {yuan(debits):>20} {yuan(credits):>20}")


@ledger_app.command("statement")
def account_statement(
    code: str,
    start: str,
    end: str,
    as_csv: Csv = False,
    xlsx: Xlsx = None,
    language: InLanguage = Language.zh,
) -> None:
    """An account's transfers from START to END, both days included, with a running balance."""
    from api.book_tables import statement_table
    from foundation.money import yuan
    from ledger import statement

    first, last = _day("start", start), _day("end", end)

    async def read(made: AsyncEngine) -> "Statement":
        async with made.connect() as db:
            return await statement(db, code, first, last)

    account = on_the_database(read)
    if _exported(lambda t: statement_table(t, account), as_csv, xlsx, language):
        return
    typer.echo(f"{'opening':<62} {yuan(account.opening):>60}")
    for one in account.lines:
        moved = f"{yuan(one.debit):>18} {yuan(one.credit):>18} {yuan(one.balance):>20}"
        typer.echo(f"{one.effective_on} {one.kind.value:<18} {one.reference:<30} {one.facing}\n{'':<64} {moved}")
    typer.echo(f"{'closing':<62} {yuan(account.closing):>60}")


@ledger_app.command("prove")
def prove_entry(key: UUID) -> None:
    """Prints the proof that the entry with this key is in the book, as JSON."""
    from ledger import prove
    from ledger.proof_form import ProofForm

    async def made_proof(made: AsyncEngine) -> ProofForm:
        async with made.connect() as db:
            return ProofForm.of(await prove(db, key))

    typer.echo(on_the_database(made_proof).model_dump_json(indent=2))


@ledger_app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The proof, as `prove` prints it.")],
    head: Annotated[str, typer.Option(help="The published head of the day, 64 hex digits.")],
) -> None:
    """Checks a proof against a published head, with nothing else at hand; exit status 1 where it does not hold."""
    from ledger.proof_form import hash_of, read_proof

    published = hash_of(head.strip().lower())
    proof = read_proof(file.read_bytes())
    if not proof.holds(published):
        typer.echo("the proof does not hold: this entry is not under this head")
        raise typer.Exit(1)
    typer.echo(f"the proof holds: this entry is in the book sealed on {proof.day.day}\n")
    typer.echo(proof.entry.decode(), nl=False)


def _exported(table: "Callable[[Speech], Table]", as_csv: bool, xlsx: Path | None, language: Language) -> bool:
    """Writes a table in the forms that were asked for; False where none was."""
    from api.pages.texts import Speech
    from api.spreadsheets import comma_separated, workbook

    if as_csv:
        typer.echo(comma_separated(table(Speech(language.value))), nl=False)
    if xlsx:
        xlsx.write_bytes(workbook(table(Speech(language.value))))
    return as_csv or xlsx is not None


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(field, text, "a day such as 2026-03-17") from None


def _instant(text: str) -> datetime:
    with suppress(ValueError):
        instant = datetime.fromisoformat(text)
        if instant.tzinfo:
            return instant
    raise BadInput("known-at", text, "a time with its offset, such as 2026-03-17T18:00:00+08:00")
