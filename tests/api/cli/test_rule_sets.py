"""`heyi rules propose|approve|reject|sets` on a real database."""

import asyncio
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from api.cli.rule_sets import add_commands
from api.people import Person, add_person
from foundation.database import engine
from foundation.errors import NotAllowed
from foundation.settings import Settings
from settlement.assessment import rules_in_force
from tests.settlement.rule_sets.sets import with_fee

PASSWORD = "a-long-password"


async def add_people(url: str) -> None:
    database = engine(url)
    for name, role in (("li", "tax_officer"), ("zhao", "tax_officer"), ("wang", "clerk")):
        await add_person(database, Person(name, role, "341502"), PASSWORD)
    await database.dispose()


def test_a_folder_comes_into_force_by_two_people(
    own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cli.surroundings.settings", lambda: Settings(database_url=own_database_url, home=tmp_path))
    asyncio.run(add_people(own_database_url))
    for path, text in with_fee(90).items():
        file = tmp_path / "rules" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    app = typer.Typer()
    add_commands(app)
    run = CliRunner()

    def heyi(*words: str) -> str:
        done = run.invoke(app, words, input=f"{PASSWORD}\n")
        if done.exception:
            raise done.exception
        return done.output

    folder = ("--from", str(tmp_path / "rules"))
    with pytest.raises(NotAllowed):
        heyi("propose", "new fees", "--name", "wang", *folder)
    proposed = heyi("propose", "new fees", "--name", "li", *folder).split()[-1]
    with pytest.raises(NotAllowed):
        heyi("approve", proposed, "--name", "li")
    assert PASSWORD not in heyi("approve", proposed, "--name", "zhao")
    first, second = heyi("sets").splitlines()
    assert first.startswith(proposed)
    assert "in_force" in first
    assert second.startswith(rules_in_force().hash)
    assert "replaced" in second
