"""`heyi rules propose|approve|reject|sets`: a rule set comes into force by two tax officers."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.cli.signing_in import signed_in
from api.cli.surroundings import on_the_database
from settlement.office import Actor

Done = TypeVar("Done")
Name = Annotated[str, typer.Option("--name", help="Who signs in, as a tax officer; the password is asked for.")]


def add_commands(rules_app: typer.Typer) -> None:
    """Adds the commands to `heyi rules`."""
    for command in (propose, approve, reject, sets):
        rules_app.command()(command)


def propose(
    reason: Annotated[str, typer.Argument(help="Why, in a sentence.")],
    name: Name,
    folder: Annotated[
        Path | None, typer.Option("--from", help="A folder of rule files; else the packaged set.")
    ] = None,
) -> None:
    """Checks a set, keeps it and proposes it; another tax officer has to approve it."""
    from settlement.rule_sets import propose_set
    from settlement.rule_sets.keeping import packaged_texts
    from settlement.rule_sets.uploads import texts_of_folder

    texts = texts_of_folder(folder) if folder else packaged_texts()
    proposed = _signed_in(name, lambda db, actor: propose_set(db, texts, actor, reason))
    typer.echo(f"proposed: {proposed}")


def approve(wanted: Annotated[str, typer.Argument(metavar="HASH")], name: Name) -> None:
    """Brings a proposed set into force; refused to the one who proposed it."""
    from settlement.rule_sets import approve_set

    _signed_in(name, lambda db, actor: approve_set(db, wanted, actor))
    typer.echo(f"in force: {wanted}")


def reject(
    wanted: Annotated[str, typer.Argument(metavar="HASH")],
    reason: Annotated[str, typer.Argument(help="Why, in a sentence.")],
    name: Name,
) -> None:
    """Rejects a proposed set."""
    from settlement.rule_sets import reject_set

    _signed_in(name, lambda db, actor: reject_set(db, wanted, actor, reason))
    typer.echo(f"rejected: {wanted}")


def sets() -> None:
    """Lists the kept sets, the newest first."""
    from settlement.rule_sets import kept_sets

    async def all_sets(database: AsyncEngine) -> None:
        async with database.begin() as db:
            for one in await kept_sets(db):
                who = f"{one.proposed_by} / {one.approved_by or '—'}"
                typer.echo(f"{one.hash} {one.version:<10} {one.state:<9} {one.published_at:%Y-%m-%d %H:%M} {who}")

    on_the_database(all_sets)


def _signed_in(name: str, act: Callable[[AsyncConnection, Actor], Awaitable[Done]]) -> Done:
    return signed_in(name, lambda db, who: act(db, Actor(who.name, who.role)))
