"""Starts the server of a home, or joins the one that runs there already."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation.postgres import binaries, supervisor
from foundation.postgres.account import ENVIRONMENT, server_account
from foundation.postgres.cluster import Cluster, drop_socket, open_cluster, prepare
from foundation.postgres.errors import DataFolderUnusable, StartFailed
from foundation.postgres.lock import Lock
from foundation.postgres.server import PORT, USER, Server
from foundation.settings import settings

START_SECONDS = 600.0  # a server that was killed replays its log first
STOP_SECONDS = 60.0


def default_home() -> Path:
    """HEYI_HOME; without it /var/lib/heyi for root, else the user's data folder (XDG base directories)."""
    if (chosen := settings().home) is not None:
        return chosen
    if os.geteuid() == 0:
        return Path("/var/lib/heyi")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "heyi"


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """The server whose data lies in `home`, for as long as the block lasts; blocking.

    Any number of processes may be in such a block: the first starts the server, the last one stops it, also when
    they are killed. Raises NoBinaries, NoServerAccount, DataFolderUnusable, OtherMajorVersion or StartFailed.
    """
    try:
        cluster = open_cluster(home)
        users = cluster.users()
    except OSError as error:
        raise DataFolderUnusable(
            f"The data folder {home} cannot be used: {error}. Set HEYI_HOME to a folder of your own."
        ) from error
    try:
        with users:
            users.share()
            yield _start_or_join(cluster)
    finally:
        _await_stop(cluster)


def _start_or_join(cluster: Cluster) -> Server:
    """The answering server. Whoever gets the server lock starts it; the others, and then this one too, wait."""
    launched = False
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with cluster.server() as lock:
            if lock.try_exclusive():
                if launched:
                    raise StartFailed(f"The database server did not start. Its log ends:\n{cluster.log_tail()}")
                _launch(cluster, lock)
                launched = True
        server = _address(cluster)
        if server is not None and server.answers():
            return server
        time.sleep(0.03)
    raise StartFailed(
        f"The database server did not answer within {START_SECONDS:.0f} s. Its log ends:\n{cluster.log_tail()}"
    )


def _launch(cluster: Cluster, lock: Lock) -> None:
    """Starts the supervisor, which takes over the lock, and which starts the server."""
    account = server_account(cluster.data)
    account.check_reach(cluster.root)
    programs = binaries.runnable(binaries.find(), account, cluster.programs)
    prepare(cluster, account, programs, lock)
    who = f"{account.uid}:{account.gid}" if account.switching else "-"
    with open(os.open(cluster.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as log:
        subprocess.run(  # noqa: S603 -- our own script and arguments, no shell
            [
                *(sys.executable, "-I", "-S", supervisor.__file__),
                *(str(cluster.root / "users"), str(lock.descriptor), who, *cluster.command(programs)),
            ],
            env=ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock.descriptor],
            check=True,
        )


def _address(cluster: Cluster) -> Server | None:
    """The address that a server of this cluster has, or None while another process still prepares it."""
    if not (cluster.data.exists() and cluster.socket.exists()):
        return None
    return Server(
        socket_dir=cluster.socket.resolve(),
        port=PORT,
        user=USER,
        password=cluster.password.read_text(),
        data=cluster.data,
        binaries=binaries.find(),
    )


def _await_stop(cluster: Cluster) -> None:
    """Returns when the server has stopped, or at once if somebody else still uses it."""
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        with cluster.users() as users, cluster.server() as server:
            if users.try_exclusive():
                if server.try_exclusive():
                    drop_socket(cluster)
                    return
            elif users.try_share():
                return
        time.sleep(0.02)
