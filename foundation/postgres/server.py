"""A running server: its address, and the few statements that concern whole databases."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from foundation.postgres.account import ENVIRONMENT
from foundation.postgres.errors import StatementFailed

USER = "heyi"
PORT = 5432  # names the socket file; no TCP port is opened


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, reached by a Unix socket. `user` is its superuser and the owner of every database."""

    socket_dir: Path
    port: int
    user: str
    password: str = field(repr=False)
    data: Path
    binaries: Path

    def url(self, database: str) -> str:
        """The address for SQLAlchemy with asyncpg. It carries the password: do not log it."""
        where = urlencode({"host": str(self.socket_dir), "port": self.port}, safe="/")
        return f"postgresql+asyncpg://{self.user}:{self.password}@/{database}?{where}"

    def psql(self, script: str, database: str = "postgres", **variables: str) -> str:
        """Runs a script and answers its rows, one a line, columns parted by `|`.

        `:"name"` in the script stands for a variable as an identifier, `:'name'` as a literal.
        Blocking, about 20 ms. Raises StatementFailed with the server's answer.
        """
        done = subprocess.run(  # noqa: S603 -- values go in as psql variables, no shell
            [
                self.binaries / "psql",
                *("--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password"),
                *("--set=ON_ERROR_STOP=1", f"--host={self.socket_dir}", f"--port={self.port}"),
                *(f"--username={self.user}", f"--dbname={database}"),
                *(f"--set={name}={value}" for name, value in variables.items()),
            ],
            input=script,
            env=ENVIRONMENT | {"PGPASSWORD": self.password, "PGCLIENTENCODING": "UTF8"},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise StatementFailed(done.stderr.strip())
        return done.stdout.rstrip("\n")

    def answers(self) -> bool:
        """Whether the server takes connections now (it does not while it recovers from a crash)."""
        if not (self.socket_dir / f".s.PGSQL.{self.port}").exists():
            return False
        try:
            return self.psql("SELECT 1") == "1"
        except StatementFailed:
            return False


def create_database(server: Server, name: str, template: str | None = None) -> None:
    """Creates a database, as a clone of `template` if given (to which nobody may be connected).

    Raises StatementFailed if the name is taken.
    """
    if template is None:
        server.psql('CREATE DATABASE :"name"', name=name)
    else:
        server.psql('CREATE DATABASE :"name" TEMPLATE :"template"', name=name, template=template)


def drop_database(server: Server, name: str) -> None:
    """Drops a database and cuts its connections; does nothing if there is none of that name."""
    server.psql('DROP DATABASE IF EXISTS :"name" WITH (FORCE)', name=name)
