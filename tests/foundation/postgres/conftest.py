"""Homes for servers that a test may kill, and processes that use them."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

_SCRIPT = """
import sys
from pathlib import Path
from foundation.postgres import running
with running(Path(sys.argv[1])) as server:
    print("up", flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class User:
    """A process of its own inside `running(home)`; it leaves when its standard input closes."""

    process: subprocess.Popen[str]

    def wait_until_up(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "up\n"

    def leave(self) -> None:
        self.process.communicate(timeout=120)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=120)


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home that the server's account can reach; nothing works in it when the test is over."""
    path = Path(tempfile.mkdtemp(prefix="heyi-home-"))
    path.chmod(0o711)
    yield path
    left = eventually_gone(path)
    send(signal.SIGKILL, left)
    shutil.rmtree(path)
    assert not left, "a server was left running"


@pytest.fixture
def user(home: Path) -> Iterator[Callable[[], User]]:
    """Starts processes that use the server of `home`."""
    started: list[User] = []

    def start() -> User:
        process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, str(home)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(User(process))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.kill()


def server_processes(home: Path) -> set[int]:
    """The processes of any server below `home`: each works in its data folder."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "cwd").resolve(strict=True).is_relative_to(home):
                found.add(int(entry.name))
    return found


def supervisors(home: Path) -> set[int]:
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
            if os.fsencode(home / "postgres" / "users") in arguments:
                found.add(int(entry.name))
    return found


def postmaster(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])


def send(number: signal.Signals, pids: set[int]) -> None:
    """Signals processes, some of which may end of themselves meanwhile."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def eventually_gone(home: Path, seconds: float = 60.0) -> set[int]:
    """What still runs below `home` after at most so many seconds."""
    deadline = time.monotonic() + seconds
    while (left := server_processes(home) | supervisors(home)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left
