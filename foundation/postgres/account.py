"""The system account that the server runs as.

PostgreSQL refuses to run as root, so under root it gets an account of its own. Neither `nobody` nor the `postgres`
of a packaged server will do: whatever else runs as them could then read and change the book.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from foundation.postgres.errors import DataFolderUnusable, NoServerAccount

NAME = "heyi-postgres"

# Nothing of the caller's environment (PGDATA, PGOPTIONS, a Chinese locale) may change what the server does.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as; `switching` says that this is somebody else than we are."""

    name: str
    uid: int
    gid: int
    switching: bool

    def run(self, *argv: str | Path, pass_fds: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
        """Runs a program as this account and waits for it. Raises OSError if the account cannot execute it."""
        return subprocess.run(  # noqa: S603 -- our own programs and arguments, no shell
            [str(part) for part in argv],
            user=self.uid if self.switching else None,
            group=self.gid if self.switching else None,
            extra_groups=[] if self.switching else None,
            env=ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            pass_fds=pass_fds,
        )

    def make_folder(self, folder: Path) -> None:
        """Makes a folder that only this account (and root) can enter, or makes an existing one so."""
        folder.mkdir(exist_ok=True)
        self.own(folder)
        folder.chmod(0o700)

    def own(self, path: Path | int) -> None:
        """Gives a path or an open file to this account."""
        if self.switching:
            os.chown(path, self.uid, self.gid)

    def check_reach(self, folder: Path) -> None:
        """Raises DataFolderUnusable, naming the closed folder on the way, if this account cannot enter."""
        if not self.switching or self._enters(folder):
            return
        closed = next(step for step in [*reversed(folder.parents), folder] if not self._enters(step))
        raise DataFolderUnusable(
            f"The database server runs as the account {self.name}, which cannot enter {closed}. "
            f"Set HEYI_HOME to a folder that it can reach, such as /var/lib/heyi.",
            folder=str(closed),
            account=self.name,
        )

    def _enters(self, folder: Path) -> bool:
        return self.run("/usr/bin/test", "-x", folder).returncode == 0


def server_account(data: Path) -> Account:
    """The account for a data folder: ourselves, or under root the owner of existing data, else `heyi-postgres`.

    Makes that account when it is missing. Raises NoServerAccount if that fails.
    """
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid(), switching=False)
    entry = pwd.getpwuid(data.stat().st_uid) if data.exists() else _made()
    if entry.pw_uid == 0:
        raise DataFolderUnusable(f"{data} belongs to root, but PostgreSQL refuses to run as root.")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switching=True)


def _made() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        answer = _useradd()
    try:
        return pwd.getpwnam(NAME)  # another launcher may have been quicker: the outcome counts, not the status
    except KeyError:
        raise NoServerAccount(
            f"PostgreSQL does not run as root, and the account {NAME} could not be made ({answer}). "
            f"Make it by hand, or run Heyi as an ordinary user."
        ) from None


def _useradd() -> str:
    program = shutil.which("useradd", path=f"/usr/sbin:/sbin:{os.defpath}")
    if program is None:
        return "useradd is missing"
    home, shell = "/nonexistent", "/usr/sbin/nologin"
    done = subprocess.run(  # noqa: S603 -- fixed arguments, no shell
        [program, "--system", "--user-group", "--no-create-home", "--home-dir", home, "--shell", shell, NAME],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip() or f"useradd ended with {done.returncode}"
