"""Against a real SSH server in this process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncssh
import pytest

from adapters.wire.sftp import SftpFolder
from foundation.errors import Unavailable
from settlement.ports.channel import Unauthentic
from settlement.statement_files import Sftp

DAY = date(2026, 3, 2)


@dataclass
class Served:
    """A running server: where it listens, its folder, and the configuration that fits."""

    folder: Path
    config: dict[str, object]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    folder = tmp_path / "out"
    folder.mkdir()
    host, ours = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    key_file, allowed = tmp_path / "ours", tmp_path / "allowed"
    ours.write_private_key(str(key_file))
    ours.write_public_key(str(allowed))

    def jailed(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(folder).encode())

    server = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[host], authorized_client_keys=str(allowed), sftp_factory=jailed
    )
    pinned = host.export_public_key().decode().strip()
    yield Served(
        folder,
        {
            "host": "127.0.0.1", "port": server.get_port(), "user": "heyi", "key_file": key_file, "host_key": pinned,
            "path": "/{day:%Y%m}/bank_{day:%Y%m%d}.csv",
        },
    )  # fmt: skip
    server.close()
    await server.wait_closed()


def folder(served: Served, **changes: object) -> SftpFolder:
    return SftpFolder(Sftp.model_validate({**served.config, **changes}))


async def test_a_file_is_fetched_by_its_day(served: Served) -> None:
    assert await folder(served).fetch(DAY) is None
    (served.folder / "202603").mkdir()
    (served.folder / "202603" / "bank_20260302.csv").write_bytes(b"x" * 3_000_000)
    fetched = await folder(served).fetch(DAY)
    assert fetched is not None
    assert (fetched.file_name, len(fetched.raw)) == ("bank_20260302.csv", 3_000_000)


async def test_a_server_with_another_key_is_not_believed(served: Served) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(Unauthentic, match="another key"):
        await folder(served, host_key=other).fetch(DAY)


async def test_a_key_that_the_server_does_not_know_gets_nothing(served: Served, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(stranger))
    with pytest.raises(Unavailable):
        await folder(served, key_file=stranger).fetch(DAY)


async def test_no_server_is_no_answer(served: Served) -> None:
    with pytest.raises(Unavailable):
        await folder(served, port=1).fetch(DAY)


def test_a_path_must_name_the_day(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must name the day"):
        Sftp.model_validate(
            {"host": "h", "user": "u", "key_file": tmp_path, "host_key": "k", "path": "/same/every/day"}
        )
