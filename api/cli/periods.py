"""`heyi ledger close|reopen|approve|reopenings`: periods of the book, closed by one officer, reopened by two."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.cli.signing_in import signed_in
from api.cli.surroundings import on_the_database
from api.people import Person
from foundation.errors import NotAllowed
from ledger import Period, Reopening, approve_reopening, propose_reopening, reopenings
from reconciliation.periods import close_period

Name = Annotated[str, typer.Option("--name", help="Who signs in, of finance; the password is asked for.")]
InWords = Annotated[str, typer.Argument(metavar="PERIOD", help="A day (2026-03-17) or a month (2026-03).")]


def add_commands(ledger_app: typer.Typer) -> None:
    """Adds the commands to `heyi ledger`."""
    for command in (close, reopen, approve):
        ledger_app.command()(command)
    ledger_app.command("reopenings")(list_reopenings)


def close(period: InWords, name: Name) -> None:
    """Closes a period of the book that is over."""
    wanted = Period.of(period)

    async def work(db: AsyncConnection, who: Person) -> int:
        return await close_period(db, _finance(who).region, wanted, who.name)

    typer.echo(f"{wanted}: {signed_in(name, work)} days were open and are closed now")


def reopen(period: InWords, reason: Annotated[str, typer.Argument(help="Why, in a sentence.")], name: Name) -> None:
    """Proposes to open a closed period again; someone else of finance has to approve it."""
    wanted = Period.of(period)

    async def work(db: AsyncConnection, who: Person) -> Reopening:
        return await propose_reopening(db, _finance(who).region, wanted.first, wanted.last, who.name, reason)

    typer.echo(f"proposed: {signed_in(name, work).id}")


def approve(proposal: UUID, name: Name) -> None:
    """Opens the days of a proposal again; refused to the one who proposed it."""

    async def work(db: AsyncConnection, who: Person) -> Reopening:
        return await approve_reopening(db, _finance(who).region, proposal, who.name)

    done = signed_in(name, work)
    typer.echo(f"open again: {Period(done.first, done.last)}")


def list_reopenings(region: str) -> None:
    """Lists the proposals to open days of a region again, the newest first."""

    async def read(made: AsyncEngine) -> list[Reopening]:
        async with made.connect() as db:
            return await reopenings(db, region)

    for one in on_the_database(read):
        who = f"{one.proposed_by} / {one.approved_by or '—'}"
        typer.echo(f"{one.id}  {Period(one.first, one.last)}  {who}  {one.reason}")


def _finance(who: Person) -> Person:
    if who.role != "finance":
        raise NotAllowed(f"{who.name} is {who.role}; periods of the book are for finance")
    return who
