"""The folder of one server: its data, password, socket, log and locks.

    <home>/postgres/            ours, open to be passed through
        data/                   the server's account alone
        socket                  likewise; a link to a short folder elsewhere where the path is too long for a socket
        password                of the superuser, random, 0600
        server.log              of this start; server.log.old of the one before
        users, server           the lock files, see the package
        programs/               copies, only where the server's account cannot reach the installed ones

Removing `<home>/postgres` while nobody uses it removes everything.
"""

import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from foundation.postgres.account import Account
from foundation.postgres.binaries import Binaries
from foundation.postgres.errors import DataFolderUnusable, OtherMajorVersion, StartFailed
from foundation.postgres.lock import Lock
from foundation.postgres.server import PORT, USER

# A socket's path ends at 107 bytes, the server lists socket folders with commas, addresses with colons.
_SOCKET_FOLDER = re.compile(r"[A-Za-z0-9/._-]{1,85}")

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%d ",
    "logging_collector": "off",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The folder `<home>/postgres`."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def socket(self) -> Path:
        return self.root / "socket"

    @property
    def password(self) -> Path:
        return self.root / "password"

    @property
    def log(self) -> Path:
        return self.root / "server.log"

    @property
    def programs(self) -> Path:
        return self.root / "programs"

    def users(self) -> Lock:
        return Lock(self.root / "users")

    def server(self) -> Lock:
        return Lock(self.root / "server")

    def command(self, binaries: Binaries) -> list[str]:
        """The command that runs the server in the foreground."""
        settings = _SETTINGS | {"unix_socket_directories": str(self.socket.resolve())}
        pairs = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(binaries.folder / "postgres"), "-D", str(self.data), *pairs]

    def log_tail(self, lines: int = 15) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def open_cluster(home: Path) -> Cluster:
    """The cluster of a home, whose folders are made where missing; modes of existing folders stay as they are."""
    home = home.expanduser().resolve()
    root = home / "postgres"
    for folder in (home, root):
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o711)
    return Cluster(root)


def prepare(cluster: Cluster, account: Account, binaries: Binaries, lock: Lock) -> None:
    """Makes everything ready for the server to start; the caller holds `lock`, the server lock."""
    if not cluster.data.exists():
        _initialise(cluster, account, binaries, lock)
    written_by = int((cluster.data / "PG_VERSION").read_text())
    if written_by != binaries.major:
        raise OtherMajorVersion(
            f"The data in {cluster.data} was written by PostgreSQL {written_by}, the programs in "
            f"{binaries.folder} are version {binaries.major}. Point HEYI_POSTGRES_BIN to version {written_by}, "
            f"or move the data over with pg_upgrade or pg_dump.",
            written_by=written_by,
            found=binaries.major,
        )
    _drop_stale_pid(cluster.data)
    drop_socket(cluster)
    _make_socket(cluster, account)
    if cluster.log.exists():
        cluster.log.replace(cluster.log.with_name("server.log.old"))


def drop_socket(cluster: Cluster) -> None:
    """Removes the socket folder, with whatever a killed server left in it; the server must be stopped."""
    shutil.rmtree(cluster.socket.resolve(), ignore_errors=True)
    if cluster.socket.is_symlink():
        cluster.socket.unlink()


def _initialise(cluster: Cluster, account: Account, binaries: Binaries, lock: Lock) -> None:
    """Makes the data folder under another name first, so that one broken off half-way is never taken for whole."""
    fresh = cluster.root / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    account.make_folder(fresh)
    _write_password(cluster.password, account)
    # the builtin locale sorts the same on every machine and never changes with the C library
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    done = account.run(
        binaries.folder / "initdb",
        *("--pgdata", fresh, "--username", USER, "--pwfile", cluster.password),
        *("--auth-local=scram-sha-256", "--auth-host=reject", "--data-checksums"),
        *("--encoding=UTF8", "--locale=C.UTF-8", "--text-search-config=simple", *builtin),
        pass_fds=[lock.descriptor],  # should we be killed, nobody else starts while initdb still writes
    )
    if done.returncode != 0:
        raise StartFailed(f"initdb could not make {fresh}:\n{done.stderr.strip()}")
    fresh.rename(cluster.data)
    folder = os.open(cluster.root, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _write_password(path: Path, account: Account) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        account.own(file.fileno())
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())


def _drop_stale_pid(data: Path) -> None:
    """Removes postmaster.pid of a server that was killed.

    After a restart of the machine its number may belong to any process, and the server would refuse to start.
    The lock says that no server of ours is alive; one started by hand works in the data folder, which /proc shows.
    """
    file = data / "postmaster.pid"
    if not file.exists():
        return
    pid = file.read_text().split("\n", 1)[0].strip()
    try:
        if Path("/proc", pid, "cwd").resolve(strict=True) == data:
            raise DataFolderUnusable(f"Process {pid} already runs a server on {data}; stop it first.")
    except (FileNotFoundError, PermissionError):
        pass  # no such process, or not one of the server's account
    file.unlink()


def _make_socket(cluster: Cluster, account: Account) -> None:
    if _SOCKET_FOLDER.fullmatch(str(cluster.socket)):
        account.make_folder(cluster.socket)
        return
    ours = [os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir()]
    for place in ["/run", "/tmp"] if account.switching else [*filter(None, ours), "/tmp"]:  # noqa: S108
        if os.access(place, os.W_OK) and _SOCKET_FOLDER.fullmatch(f"{place}/heyi-12345678"):
            short = Path(tempfile.mkdtemp(prefix="heyi-", dir=place))
            account.make_folder(short)
            cluster.socket.symlink_to(short)
            return
    raise DataFolderUnusable(
        f"{cluster.socket} is too long for a socket, and no short folder for temporary files can be written. "
        f"Set HEYI_HOME to a folder with a shorter path."
    )
