"""The errors that leave the house.

Each error has a stable code and a sentence on which a clerk can act. The HTTP floor turns them into
RFC 9457 problem details; the command line prints the sentence and exits with 2.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class HeyiError(Exception):
    """Base of all errors that a person or another system may see.

    `code` never changes once published; `detail` says what is wrong and what to do next;
    `facts` are the figures behind it, for programs.
    """

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: Mapping[str, Any] = facts


class BadInput(HeyiError):
    """A value that cannot be taken: names the field, the value and what is allowed."""

    code = "bad_input"

    def __init__(self, field: str, value: Any, allowed: str) -> None:
        super().__init__(f"{field}: {_shown(value)} is not allowed; allowed: {allowed}", field=field, allowed=allowed)
        self.field = field
        self.value = value
        self.allowed = allowed


class NotFound(HeyiError):
    """What was asked for does not exist, or not for the one who asks."""

    code = "not_found"


class NotAllowed(HeyiError):
    """The person or system is known, but may not do this."""

    code = "not_allowed"


class Conflict(HeyiError):
    """The request is sound but contradicts the state of things; the detail says how to go on."""

    code = "conflict"


class Unavailable(HeyiError):
    """An outside system did not answer, or not in a way that can be understood. Nothing was decided by it."""

    code = "unavailable"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
