"""Lines of a statement that cannot be read, while the rest can: findings, as long as they are few."""

from collections.abc import Sequence

from settlement.ports.statements import UnreadableStatement, UnreadLine

MOST_UNREAD = 1000
"""More lines than this are not broken lines but another layout."""

LONGEST_KEPT = 2048
"""Bytes of a line that are kept beside its number; the whole file is kept anyhow."""


class Unread:
    """Collects the lines that could not be read. UnreadableStatement (F0-5) where they are too many."""

    def __init__(self) -> None:
        self._lines: list[UnreadLine] = []

    @property
    def count(self) -> int:
        """How many lines so far."""
        return len(self._lines)

    def add(self, line_no: int, reason: str, raw: bytes) -> None:
        """One line, counted from 1, and what is wrong with it."""
        self._lines.append(UnreadLine(line_no, reason, raw[:LONGEST_KEPT]))
        if len(self._lines) > MOST_UNREAD:
            raise _drifted(self._lines, f"more than {MOST_UNREAD} lines")

    def join(self, other: "Unread") -> None:
        """Takes over the lines of another one."""
        for line in other._lines:
            self.add(line.line_no, line.reason, line.raw)

    def among(self, read: int) -> tuple[UnreadLine, ...]:
        """The findings of a file of which so many lines were read: not if it is more than half of them."""
        if len(self._lines) > read:
            raise _drifted(self._lines, f"{len(self._lines)} of {read + len(self._lines)} lines")
        return tuple(sorted(self._lines, key=lambda line: line.line_no))


def _drifted(lines: Sequence[UnreadLine], how_many: str) -> UnreadableStatement:
    first = min(lines, key=lambda line: line.line_no)
    return UnreadableStatement(
        f"line {first.line_no}: {first.reason}; {how_many} cannot be read: another layout or encoding",
        kind="F0-5",
        line=first.line_no,
    )
