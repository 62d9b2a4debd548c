"""What an examination of a recorded message finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Authentic or not, as what it was read, and why."""

    authentic: bool
    shape: str
    reason: str
