"""`heyi people …`: who may sign in. The first administrators are added at the machine; then two decide."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from api.cli.signing_in import signed_in
from api.cli.surroundings import on_the_database
from api.people import Person
from api.people.changing import Change, Wish, approve_change, lock, propose_change, reject_change, unlock
from api.people.reading import colleagues, known_changes
from api.people.starting import add_person, refuse_where_two_decide
from foundation.errors import BadInput

people_app = typer.Typer(no_args_is_help=True, help="The people who sign in.")

As = Annotated[str, typer.Option("--name", help="Who signs in, as an administrator; the password is asked for.")]
At = Annotated[str | None, typer.Option("--window", help="The code of a window: a partner's, or a clerk's.")]
Why = Annotated[str, typer.Argument(help="Why, in a sentence.")]


@people_app.command("add")
def add(
    name: str,
    role: str,
    region: str,
    as_name: Annotated[str, typer.Option("--name", help="An administrator who proposes it instead.")] = "",
    reason: Annotated[str, typer.Option(help="Why; with --name.")] = "",
    window: At = None,
) -> None:
    """Adds a person, or gives them another password, which is asked for and never shown."""
    if as_name:
        _tell(signed_in(as_name, lambda db, who: propose_change(db, Wish("add", name, reason, role, window), who)))
        return
    new = Person(name, role, region, window)

    async def act(database: AsyncEngine) -> None:
        async with database.begin() as db:
            await refuse_where_two_decide(db, new)
        password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
        await add_person(database, new, password)

    on_the_database(act)
    typer.echo(f"{name} may sign in as {role} of {region}")


@people_app.command("rights")
def rights(name: str, role: str, reason: Why, as_name: As, window: At = None) -> None:
    """Proposes another role or window for a person."""
    _tell(signed_in(as_name, lambda db, who: propose_change(db, Wish("rights", name, reason, role, window), who)))


@people_app.command("password")
def password(name: str, reason: Why, as_name: As) -> None:
    """Gives a person a new one-time password, or proposes it where two decide."""
    _tell(signed_in(as_name, lambda db, who: propose_change(db, Wish("password", name, reason), who)))


@people_app.command("approve")
def approve(change: Annotated[str, typer.Argument(metavar="ID")], as_name: As) -> None:
    """Puts a proposed change into effect; refused to who proposed it."""
    _tell(signed_in(as_name, lambda db, who: approve_change(db, _id(change), who)))


@people_app.command("reject")
def reject(change: Annotated[str, typer.Argument(metavar="ID")], reason: Why, as_name: As) -> None:
    """Rejects a proposed change."""
    signed_in(as_name, lambda db, who: reject_change(db, _id(change), who, reason))
    typer.echo(f"rejected: {change}")


@people_app.command("lock")
def lock_person(name: str, reason: Why, as_name: As) -> None:
    """Locks a person at once and ends their sessions."""
    signed_in(as_name, lambda db, who: lock(db, name, who, reason))
    typer.echo(f"locked: {name}")


@people_app.command("unlock")
def unlock_person(name: str, reason: Why, as_name: As) -> None:
    """Gives a locked person their rights back."""
    signed_in(as_name, lambda db, who: unlock(db, name, who, reason))
    typer.echo(f"unlocked: {name}")


@people_app.command("list")
def everybody(region: str) -> None:
    """Lists the people of a region, and the changes that wait."""

    async def act(database: AsyncEngine) -> None:
        async with database.connect() as db:
            for one in await colleagues(db, region):
                typer.echo(f"{one.name:<20} {one.role:<14} {one.window_code or '':<16} {one.state}")
            for change in await known_changes(db, region):
                if change.state == "proposed":
                    typer.echo(f"{change.id} {change.kind} {change.name} {change.role} by {change.proposed_by}")

    on_the_database(act)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput("id", text, "the id that the proposal was answered with") from None


def _tell(change: Change) -> None:
    typer.echo(f"{change.state}: {change.name} {change.id}")
    if change.one_time_password and change.good_until:
        typer.echo(f"one-time password, shown once, good until {change.good_until:%Y-%m-%d %H:%M} UTC:")
        typer.echo(change.one_time_password)
