"""The embedded PostgreSQL: a server of our own, started when first needed and stopped when last used.

    with running(default_home()) as server:
        create_database(server, "heyi")
        engine(server.url("heyi"))

Who holds what, and why nothing is left behind:

- Every user of the server holds a shared lock on the file `users`; the kernel drops it however the user ends.
- The supervisor (`supervisor.py`) tries for that lock exclusively; once it has it, nobody uses the server, and
  it stops it. Should the supervisor itself be killed, the kernel tells the server to stop.
- The supervisor and every process of the server hold a lock on the file `server`. Who gets that lock knows that
  no server works on the data, and may start one. No process id is trusted for any of this.
"""

from foundation.postgres.errors import (
    DataFolderUnusable,
    NoBinaries,
    NoServerAccount,
    OtherMajorVersion,
    StartFailed,
    StatementFailed,
)
from foundation.postgres.launcher import default_home, running
from foundation.postgres.server import Server, create_database, drop_database

__all__ = [
    "DataFolderUnusable",
    "NoBinaries",
    "NoServerAccount",
    "OtherMajorVersion",
    "Server",
    "StartFailed",
    "StatementFailed",
    "create_database",
    "default_home",
    "drop_database",
    "running",
]
