"""Start, join, stop; and what killing anybody leaves behind."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from foundation.postgres import Server, StatementFailed, create_database, running

from .conftest import User, eventually_gone, postmaster, send, server_processes, supervisors

Start = Callable[[], User]


async def test_server_answers_at_its_url_and_stops_after_the_block(home: Path) -> None:
    with running(home) as server:
        create_database(server, "heyi")
        engine = create_async_engine(server.url("heyi"))
        async with engine.connect() as db:
            assert (await db.execute(text("SELECT current_database()"))).scalar_one() == "heyi"
        await engine.dispose()
    assert not server_processes(home)
    assert not supervisors(home)


def test_server_keeps_what_was_acknowledged_and_speaks_utf8(home: Path) -> None:
    wanted = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
        "listen_addresses": "",
        "password_encryption": "scram-sha-256",
    }
    with running(home) as server:
        assert {name: server.psql(f'SHOW "{name}"') for name in wanted} == wanted
        assert server.psql("SELECT upper('ä') || '契税' || char_length('𠮷')") == "Ä契税1"
        assert server.psql("SELECT datcollate FROM pg_database WHERE datname = 'template1'") == "C.UTF-8"


def test_server_is_closed_to_others(home: Path) -> None:
    with running(home) as server:
        with socket.socket() as tcp:
            assert tcp.connect_ex(("127.0.0.1", server.port)) != 0
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        assert server.data.stat().st_mode & 0o777 == 0o700
        assert (home / "postgres" / "password").stat().st_mode & 0o777 == 0o600
        assert server.password not in repr(server)
        stranger = Server(server.socket_dir, server.port, server.user, "guess", server.data, server.binaries)
        with pytest.raises(StatementFailed, match="password authentication failed"):
            stranger.psql("SELECT 1")


def test_second_user_joins_and_the_last_one_stops(home: Path, user: Start) -> None:
    first = user()
    first.wait_until_up()
    with running(home) as server:
        began = postmaster(home)
        first.leave()
        time.sleep(0.5)
        assert server.psql("SELECT 1") == "1"
        assert postmaster(home) == began
    assert not server_processes(home)


def test_block_within_a_block_shares_the_server(home: Path) -> None:
    with running(home) as outer:
        with running(home) as inner:
            assert inner == outer
        assert outer.psql("SELECT 1") == "1"


def test_users_that_come_at_once_share_one_server(home: Path, user: Start) -> None:
    users = [user() for _ in range(5)]
    for each in users:
        each.wait_until_up()
    assert len(supervisors(home)) == 1
    for each in users:
        each.leave()
    assert not eventually_gone(home)


def test_users_that_come_and_go_always_find_a_server(home: Path) -> None:
    for _ in range(5):
        with running(home) as server:
            assert server.psql("SELECT 1") == "1"


def test_killed_user_leaves_no_server(home: Path, user: Start) -> None:
    only = user()
    only.wait_until_up()
    assert server_processes(home)
    only.kill()
    assert not eventually_gone(home)


def test_killed_starter_does_not_take_the_server_from_others(home: Path, user: Start) -> None:
    starter = user()
    starter.wait_until_up()
    with running(home) as server:
        starter.kill()
        time.sleep(0.5)
        assert server.psql("SELECT 1") == "1"


def test_user_killed_while_the_server_starts_leaves_nothing(home: Path, user: Start) -> None:
    for delay in (0.15, 0.3, 0.5, 0.7):
        hasty = user()
        time.sleep(delay)
        hasty.kill()
        assert not eventually_gone(home)
    with running(home) as server:
        assert server.psql("SELECT 1") == "1"


def test_killed_supervisor_takes_the_server_along_and_the_next_user_starts_anew(home: Path) -> None:
    with running(home):
        send(signal.SIGKILL, supervisors(home))
        assert not eventually_gone(home)
        with running(home) as server:
            assert server.psql("SELECT 1") == "1"


def test_supervisor_told_to_end_stops_the_server(home: Path) -> None:
    with running(home):
        send(signal.SIGTERM, supervisors(home))
        assert not eventually_gone(home)
        assert "database system is shut down" in (home / "postgres" / "server.log").read_text()


async def test_acknowledged_rows_survive_a_killed_server_which_comes_back(home: Path) -> None:
    acknowledged = 0
    with running(home) as server:
        server.psql("CREATE TABLE book (number int)")
        address = server.url("postgres").replace("+asyncpg", "")
        db = await asyncpg.connect(address)
        for number in range(2000):
            try:
                await db.execute("INSERT INTO book VALUES ($1)", number)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                break
            acknowledged += 1
            if acknowledged == 100:
                send(signal.SIGKILL, server_processes(home))
        assert 100 <= acknowledged < 2000
        deadline = time.monotonic() + 60
        while not server.answers():
            assert time.monotonic() < deadline, "the server did not come back"
            await asyncio.sleep(0.05)
        count, last = server.psql("SELECT count(*), max(number) FROM book").split("|")
        assert acknowledged <= int(count) <= acknowledged + 1
        assert int(last) == int(count) - 1


def test_starts_after_all_was_killed_even_if_the_old_number_is_taken(home: Path, user: Start) -> None:
    only = user()
    only.wait_until_up()
    send(signal.SIGKILL, supervisors(home) | server_processes(home))
    only.kill()
    assert not eventually_gone(home)
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]))
    with running(home) as server:
        assert server.psql("SELECT 1") == "1"
