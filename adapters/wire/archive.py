"""ZIP archives from outside, opened within limits, whatever their headers claim."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from settlement.ports.statements import UnreadableStatement

MOST_BYTES_OF_A_FILE = 2 << 30
_MOST_FILES = 20
_PIECE = 2 << 20
_ENCRYPTED = 0x1


@contextmanager
def opened(zipped: bytes) -> Iterator[ZipFile]:
    """A ZIP whose members are few, plain files, unencrypted and within limits.

    Errors of the archive that show only on reading leave the block as UnreadableStatement as well.
    """
    try:
        with ZipFile(BytesIO(zipped)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_FILES:
                raise _strange(f"the ZIP has {len(members)} members, at most {_MOST_FILES} are expected")
            for member in members:
                _check(member)
            yield archive
    except (BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise UnreadableStatement(f"the ZIP cannot be opened: {type(error).__name__} {error}") from None


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """A member piece by piece. Counts what is really unpacked, since a ZIP's header may claim less."""
    unpacked = 0
    while piece := file.read(_PIECE):
        unpacked += len(piece)
        if unpacked > MOST_BYTES_OF_A_FILE:
            raise _strange(f"more than {MOST_BYTES_OF_A_FILE} bytes unpacked")
        yield piece


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a ZIP, piece by piece, as often as it is gone through."""

    archive: ZipFile
    name: str

    def __iter__(self) -> Iterator[bytes]:
        with self.archive.open(self.name) as file:
            yield from chunks(file)


def _check(member: ZipInfo) -> None:
    name = member.filename
    if name != member.orig_filename or not name.isprintable() or any(mark in name for mark in "/\\:") or ".." in name:
        raise _strange(f"the ZIP's member {name!r} is not a plain file name")
    if member.flag_bits & _ENCRYPTED or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise _strange(f"the ZIP's member {name} is encrypted or packed in an unknown way")
    if member.file_size > MOST_BYTES_OF_A_FILE:
        raise _strange(f"the ZIP's member {name} unpacks to more than {MOST_BYTES_OF_A_FILE} bytes")


def _strange(detail: str) -> UnreadableStatement:
    """The archive is whole, and not as such files are made: set aside, not only asked for again."""
    return UnreadableStatement(detail, kind="F0-5")
