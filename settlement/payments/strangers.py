"""How much forged mail is kept: enough as evidence, and not so much that a stranger fills the disk."""

from collections import Counter
from datetime import datetime

from foundation import clock

OF_ONE_SOURCE = 30
"""Forged or unreadable letters of one source that are stored in a minute."""

OF_ALL = 300
"""The same of all sources together, since an attacker has many."""


class Strangers:
    """Counts forged letters in this process, minute by minute. True mail is not counted and never held up."""

    def __init__(self) -> None:
        self._minute: datetime | None = None
        self._of_source: Counter[str] = Counter()

    def may_be_stored(self, source: str) -> bool:
        """Whether another forged letter of a source is kept; the case of its source and day is open by then."""
        minute = clock.now().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._of_source.clear()
        if self._of_source.total() >= OF_ALL or self._of_source[source] >= OF_ONE_SOURCE:
            return False
        self._of_source[source] += 1
        return True
