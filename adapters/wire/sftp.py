"""Statements that lie in an institution's folder, by SFTP. The server is known by its key, which is pinned."""

from datetime import date
from pathlib import PurePosixPath

import asyncssh

from foundation.errors import Unavailable
from settlement.ports.channel import Unauthentic
from settlement.ports.statements import RawStatement
from settlement.statement_files import Sftp

MOST_BYTES = 1 << 30
_SECONDS = 30


class SftpFolder:
    """One folder. The key is read at each fetch, so that it can be exchanged."""

    def __init__(self, config: Sftp) -> None:
        self._config = config

    async def fetch(self, day: date) -> RawStatement | None:
        """The file of a day, or None while it is not there.

        Unauthentic: the server is not the one whose key is pinned. Unavailable: it does not answer or let us in.
        """
        config = self._config
        path = config.path.format(day=day)
        try:
            nobody: list[asyncssh.SSHKey] = []
            trusted = ([asyncssh.import_public_key(config.host_key)], nobody, nobody)
            async with (
                asyncssh.connect(
                    config.host,
                    config.port,
                    username=config.user,
                    client_keys=[str(config.key_file)],
                    known_hosts=trusted,
                    config=None,
                    agent_path=None,
                    login_timeout=_SECONDS,
                    connect_timeout=_SECONDS,
                ) as connection,
                connection.start_sftp_client() as client,
            ):
                return await _read(client, path)
        except asyncssh.HostKeyNotVerifiable as error:
            raise Unauthentic(f"the SFTP server {config.host} shows another key than is pinned: {error}") from None
        except (OSError, asyncssh.Error) as error:
            raise Unavailable(f"the SFTP server {config.host} gave no file: {error}") from None


async def _read(client: asyncssh.SFTPClient, path: str) -> RawStatement | None:
    try:
        size = (await client.stat(path)).size or 0
    except asyncssh.SFTPNoSuchFile:
        return None
    if size > MOST_BYTES:
        raise Unavailable(f"{path} has {size} bytes, at most {MOST_BYTES} are taken")
    async with client.open(path, "rb") as file:
        raw = await file.read()
    assert isinstance(raw, bytes)
    return RawStatement(PurePosixPath(path).name, raw)
