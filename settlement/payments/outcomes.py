"""What becomes of a message from a channel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a proof: applied, duplicate, stale, conflicting or unknown_order, and why in one sentence."""

    name: str
    detail: str
