"""Commands that someone stands behind: whoever runs them says who they are, as at the pages."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.cli.surroundings import on_the_database
from api.people import Person, sign_in

Done = TypeVar("Done")


def signed_in(name: str, act: Callable[[AsyncConnection, Person], Awaitable[Done]]) -> Done:
    """Does something in one transaction as a person, whose password is asked for and never shown."""
    password = typer.prompt("password", hide_input=True)

    async def as_person(database: AsyncEngine) -> Done:
        who = await sign_in(database, name, password)
        async with database.begin() as db:
            return await act(db, who)

    return on_the_database(as_person)
