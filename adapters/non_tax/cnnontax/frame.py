"""The CNNONTAX frame: length, name, version and message number, the XML, and a MAC.

The length stands in eight places, left-justified and filled with blanks, and counts every byte of the frame, itself
included: bytes, not characters, since a Chinese character is two of them in GBK. The MAC is the hexadecimal SHA-256 of
the shared token and the XML. That guards against chance and strangers only; on an open line it needs TLS around it.
"""

import asyncio
import hashlib
import hmac
import re

from settlement.ports.channel import Unauthentic

_LENGTH = 8
_NAME = b"CNNONTAX1.0"
_XML_AT = 23
_MAC = 64
MOST_BYTES = 1 << 20


class BadFrame(ValueError):
    """Bytes that are no frame; the message says where."""


def packed(message: str, xml: bytes, token: bytes) -> bytes:
    """A frame around a message."""
    whole = _XML_AT + len(xml) + _MAC
    if whole > MOST_BYTES:
        raise BadFrame(f"{whole} bytes; a frame has at most {MOST_BYTES}")
    return b"%-8d" % whole + _NAME + message.encode("ascii") + xml + _mac(token, xml)


def unpacked(frame: bytes, token: bytes) -> tuple[str, bytes]:
    """Message number and XML of a frame. BadFrame where it is none, Unauthentic where the MAC is wrong."""
    if frame_length(frame[:_LENGTH]) != len(frame):
        raise BadFrame(f"the length says {frame[:_LENGTH]!r}, there are {len(frame)} bytes")
    number = frame[_LENGTH + len(_NAME) : _XML_AT]
    if frame[_LENGTH : _LENGTH + len(_NAME)] != _NAME or not re.fullmatch(rb"[0-9]{4}", number):
        raise BadFrame(f"{frame[_LENGTH:_XML_AT]!r} is not CNNONTAX, 1.0 and a message number")
    xml = frame[_XML_AT:-_MAC]
    if not hmac.compare_digest(frame[-_MAC:].lower(), _mac(token, xml)):
        raise Unauthentic("the MAC of a CNNONTAX frame is wrong")
    return number.decode("ascii"), xml


def frame_length(first: bytes) -> int:
    """What the first eight bytes say. BadFrame where that is no length, or not one that a frame can have."""
    if not re.fullmatch(rb"[1-9][0-9]{0,7} *", first) or len(first) != _LENGTH:
        raise BadFrame(f"{first!r} is no length of eight places")
    length = int(first)
    if not _XML_AT + _MAC <= length <= MOST_BYTES:
        raise BadFrame(f"a length of {length}; a frame has {_XML_AT + _MAC} to {MOST_BYTES} bytes")
    return length


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """Reads one frame and no byte more. BadFrame where the line ends before it does."""
    try:
        first = await reader.readexactly(_LENGTH)
        return first + await reader.readexactly(frame_length(first) - _LENGTH)
    except asyncio.IncompleteReadError as error:
        raise BadFrame(f"the line ended after {len(error.partial)} of {error.expected} bytes") from None


def _mac(token: bytes, xml: bytes) -> bytes:
    return hashlib.sha256(token + xml).hexdigest().encode("ascii")
