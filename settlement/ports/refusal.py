"""An institution's no: it understood the request and will not do it."""

from foundation.errors import HeyiError


class Refused(HeyiError):
    """An institution refused a request, with a code of its own (`reason`) such as 'not_received' and a sentence."""

    code = "refused"

    def __init__(self, whom: str, reason: str, message: str) -> None:
        super().__init__(f"{whom} refused: {message} ({reason})", whom=whom, reason=reason)
        self.whom = whom
        self.reason = reason
