"""How ACP wraps the settlement file's ZIP in its answer: base64 of a zlib stream (facts: channels D.1)."""

import base64
import binascii
import zlib

from settlement.ports.statements import UnreadableStatement

MOST_BYTES_OF_A_ZIP = 256 << 20


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
