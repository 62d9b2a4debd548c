"""The two shapes in which ACP's messages travel, and telling them apart.

A synchronous answer is one raw `k=v&k=v` line: nothing in it is url-encoded, so a `+` is a plus sign, and a value may
hold `{…}` or `[…]` with `&` and `=` inside. A notification is an ordinary form post, decoded exactly once.
"""

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from foundation.errors import BadInput

MOST_BYTES = 1 << 16
_MOST_FIELDS = 100
_BRACKETS = {"{": "}", "[": "]"}


def read_notification(body: bytes) -> dict[str, str]:
    """Every field of a form post, as it was before encoding. BadInput: no form, or a field that comes twice."""
    text = _text(body)
    try:
        pairs = _form(text)
    except ValueError as error:  # UnicodeDecodeError is one
        raise BadInput("notification", text, f"a form of at most {_MOST_FIELDS} fields in UTF-8 ({error})") from None
    return _once("notification", pairs)


def read_answer(body: bytes, most_bytes: int = MOST_BYTES) -> dict[str, str]:
    """Every field of a synchronous answer. BadInput: a part without '=', an open bracket, or a field twice."""
    return _once("answer", [_pair(part) for part in _parts(_text(body, most_bytes))])


def is_answer(body: bytes) -> bool:
    """Whether a recorded message is a synchronous answer: its certificate shows a space that a form would encode."""
    return b"BEGIN CERTIFICATE" in body


def is_line(body: bytes) -> bool:
    """Whether a recorded message without a certificate is a raw line: a form would encode such characters."""
    return any(byte in body for byte in b" {}[]:") or not body.isascii()


def _text(body: bytes, most_bytes: int = MOST_BYTES) -> str:
    if not 0 < len(body) <= most_bytes:
        raise BadInput("message", f"{len(body)} bytes", f"1 to {most_bytes} bytes")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("message", body[:40], f"text in UTF-8; it is not at byte {error.start}") from None


def _form(text: str) -> list[tuple[str, str]]:
    """A form post's fields in order, as `parse_qsl` has them in a third of its time. ValueError says what is wrong."""
    parts = text.split("&")
    if len(parts) > _MOST_FIELDS:
        raise ValueError("too many fields")
    pairs = []
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"a part without '=': {part!r}")
        pairs.append((_decoded(key), _certificate(value) if key == "signPubKeyCert" else _decoded(value)))
    return pairs


def _decoded(text: str) -> str:
    return unquote(text.replace("+", " "), errors="strict") if "%" in text or "+" in text else text


@lru_cache(maxsize=64)
def _certificate(text: str) -> str:
    """The same in every message, and half of its bytes."""
    return _decoded(text)


def _once(name: str, pairs: list[tuple[str, str]]) -> dict[str, str]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        twice = sorted({key for key in fields if sum(key == other for other, _ in pairs) > 1})
        raise BadInput(name, twice, "each field once")
    return fields


def _pair(part: str) -> tuple[str, str]:
    key, equals, value = part.partition("=")
    if not key or not equals:
        raise BadInput("answer", part, "k=v parts joined by '&'")
    return key, value


def _parts(text: str) -> Iterator[str]:
    """Splits at the '&' outside of brackets. Inside, only brackets of the outermost kind are counted."""
    start, depth, opening = 0, 0, ""
    for place, character in enumerate(text):
        if depth:
            depth += (character == opening) - (character == _BRACKETS[opening])
        elif character in _BRACKETS:
            opening, depth = character, 1
        elif character == "&":
            yield text[start:place]
            start = place + 1
    if depth:
        raise BadInput("answer", text[-40:], f"a '{_BRACKETS[opening]}' for each '{opening}'")
    yield text[start:]
