"""A notification as it came."""

from dataclasses import dataclass

from foundation.errors import HeyiError
from settlement.ports.channel import Proof, RefundProof


@dataclass(frozen=True, slots=True)
class Letter:
    """A notification as it came, with what was read from it: a proof, or why it cannot be believed."""

    region: str
    channel: str
    raw: bytes
    source: str
    read: Proof | RefundProof | HeyiError

    @property
    def event_key(self) -> str | None:
        """What it says happened, so that this is applied once; None where it cannot be believed."""
        read = self.read
        if isinstance(read, HeyiError):
            return None
        return f"{read.merchant}:{read.order_id}:{read.query_id}:{read.answer}"
