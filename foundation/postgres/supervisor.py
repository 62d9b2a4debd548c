"""Runs the server as long as somebody uses it. A script of its own, with the standard library alone.

    python -I -S supervisor.py USERS LOCK UID:GID COMMAND…

USERS is the lock file of the users. LOCK is the inherited descriptor of the server lock, which the server inherits
in turn, so that the lock lasts as long as any process of the server. UID:GID is whom the server runs as, or `-` for
ourselves. Standard error is the server's log.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

_WATCHED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_POLL_SECONDS = 0.2
_EARLY_SECONDS = 10.0
_EARLY_ENDS_ALLOWED = 5
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

Start = Callable[[], "subprocess.Popen[bytes]"]


def supervise(users: int, start: Start) -> int:
    """Keeps the server running until nobody uses it or a signal asks to end; answers the exit status.

    A server that was killed is started again, and recovers. One that keeps ending early is given up.
    """
    stopping = False
    early_ends = 0
    began = time.monotonic()
    server = start()
    while True:
        caught = signal.sigtimedwait(_WATCHED, _POLL_SECONDS)
        if server.poll() is None:
            asked = caught is not None and caught.si_signo != signal.SIGCHLD
            if not stopping and (asked or _unused(users)):
                stopping = True
                server.send_signal(signal.SIGINT)  # fast: clients are cut, nothing acknowledged is lost
            continue
        if stopping or _unused(users):
            return 0
        early_ends = early_ends + 1 if time.monotonic() - began < _EARLY_SECONDS else 0
        if early_ends >= _EARLY_ENDS_ALLOWED:
            return 1
        time.sleep(0.3)  # the killed server's children hold its memory until they notice
        began = time.monotonic()
        server = start()


def _unused(users: int) -> bool:
    """Whether nobody holds the users' lock. If so we keep it: who comes now waits until the server has stopped."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _starter(lock: int, who: str, command: list[str]) -> Start:
    libc = ctypes.CDLL(None)
    supervisor = os.getpid()
    uid, gid = (None, None) if who == "-" else (int(part) for part in who.split(":"))

    def in_child() -> None:
        # comes after the change of account, which would clear it
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != supervisor:
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 -- the launcher's command, no shell
            command,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
            pass_fds=[lock],
            preexec_fn=in_child,  # noqa: PLW1509 -- this process has one thread
        )

    return start


def main() -> int:
    users_file, lock, who, *command = sys.argv[1:]
    if os.fork():
        return 0  # the launcher waits for this one; the other belongs to nobody and outlives it
    os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    users = os.open(users_file, os.O_RDWR | os.O_CLOEXEC)
    return supervise(users, _starter(int(lock), who, command))


if __name__ == "__main__":
    sys.exit(main())
