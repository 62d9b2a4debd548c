"""An institution's no: it understood the request and will not do it."""

from collections.abc import Awaitable
from typing import TypeVar

from foundation.errors import HeyiError, Unavailable

_Answer = TypeVar("_Answer")


class Refused(HeyiError):
    """An institution refused a request, with a code of its own (`reason`) such as 'not_received' and a sentence."""

    code = "refused"

    def __init__(self, whom: str, reason: str, message: str) -> None:
        super().__init__(f"{whom} refused: {message} ({reason})", whom=whom, reason=reason)
        self.whom = whom
        self.reason = reason


async def maybe_taken(step: Awaitable[_Answer]) -> _Answer:
    """A step beside money that was taken, or may have been: its no is not a no to the money, but Unavailable."""
    try:
        return await step
    except Refused as no:
        raise Unavailable(f"{no.detail}; a payment was or may have been taken", whom=no.whom) from no
