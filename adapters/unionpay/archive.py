"""The settlement file's wrapping: base64, zlib, ZIP. Opened within limits, whatever the headers claim."""

import base64
import binascii
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from settlement.ports.statements import UnreadableStatement

MOST_BYTES_OF_A_ZIP = 256 << 20
MOST_BYTES_OF_A_FILE = 1 << 30
_MOST_FILES = 20
_ENCRYPTED = 0x1


def unwrapped(content: str) -> bytes:
    """The ZIP's bytes from `fileContent`: base64 of a zlib stream. UnreadableStatement where it is cut or too large."""
    try:
        packed = base64.b64decode(content, validate=True)
        inflate = zlib.decompressobj()
        zipped = inflate.decompress(packed, MOST_BYTES_OF_A_ZIP)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise UnreadableStatement(f"fileContent is not base64 of a zlib stream: {error}") from None
    if not inflate.eof or inflate.unused_data:
        raise UnreadableStatement(f"fileContent is cut off, too long, or above {MOST_BYTES_OF_A_ZIP} bytes")
    return zipped


@contextmanager
def opened(zipped: bytes) -> Iterator[ZipFile]:
    """A ZIP whose members are few, plain files, unencrypted and within limits.

    Errors of the archive that show only on reading leave the block as UnreadableStatement as well.
    """
    try:
        with ZipFile(BytesIO(zipped)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_FILES:
                raise UnreadableStatement(f"the ZIP has {len(members)} members, at most {_MOST_FILES} are expected")
            for member in members:
                _check(member)
            yield archive
    except (BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise UnreadableStatement(f"the ZIP cannot be opened: {type(error).__name__} {error}") from None


def lines(file: IO[bytes], longest: int) -> Iterator[bytes]:
    """The lines of a member with their ends, one by one; a line above `longest` bytes comes in pieces.

    Counts what is really unpacked, since a ZIP's header may claim less.
    """
    unpacked = 0
    while line := file.readline(longest):
        unpacked += len(line)
        if unpacked > MOST_BYTES_OF_A_FILE:
            raise UnreadableStatement(f"more than {MOST_BYTES_OF_A_FILE} bytes unpacked")
        yield line


def _check(member: ZipInfo) -> None:
    name = member.filename
    if name != member.orig_filename or not name.isprintable() or any(mark in name for mark in "/\\:") or ".." in name:
        raise UnreadableStatement(f"the ZIP's member {name!r} is not a plain file name")
    if member.flag_bits & _ENCRYPTED or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise UnreadableStatement(f"the ZIP's member {name} is encrypted or packed in an unknown way")
    if member.file_size > MOST_BYTES_OF_A_FILE:
        raise UnreadableStatement(f"the ZIP's member {name} unpacks to more than {MOST_BYTES_OF_A_FILE} bytes")
