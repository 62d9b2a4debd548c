"""Text that comes in pieces of bytes, cut into blocks of whole lines; what may end it is held back."""

import codecs
from collections.abc import Iterable, Iterator

from settlement.ports.statements import UnreadableStatement

_MOST_HELD = 1 << 18
"""Characters that are held back at most: a line, or the lines after the last row, is never so long."""


class TextStream:
    """A text, from its beginning to its end once. Lines are counted from 1 and end with LF.

    UnreadableStatement (F0-5), from wherever it is read: not in the encoding, or more held back than a statement has.
    """

    def __init__(self, chunks: Iterable[bytes], encoding: str) -> None:
        self._texts = _decoded(chunks, encoding)
        self._text = ""
        self._line_no = 1

    def first(self, count: int) -> list[str]:
        """The first lines, so many at most; they are still to come. A byte order mark before them is dropped."""
        while self._text.count("\n") < count and self._more():
            pass
        self._text = self._text.removeprefix("\ufeff")
        return self._text.split("\n", count)[:count]

    def skip(self, count: int) -> None:
        """Leaves so many of the `first` lines behind."""
        lines = self._text.split("\n", count)
        self._text = lines[count] if len(lines) > count else ""
        self._line_no += count

    def blocks(self, last: int, remark: str) -> Iterator[tuple[int, str]]:
        """Blocks of whole lines, each with its first line's number, but for those that `rest` has.

        Held back are empty lines, and lines that begin with `remark`, at the end, and so many lines before them as
        `last` says.
        """
        while True:
            if end := self._held_from(last, remark):
                block, self._text = self._text[:end], self._text[end:]
                yield self._line_no, block
                self._line_no += block.count("\n")
            if not self._more():
                return

    def rest(self) -> tuple[int, list[str]]:
        """The lines that were held back, without empty ones at the end, and the number of the first."""
        lines = self._text.split("\n")
        while lines and not lines[-1].strip():
            lines.pop()
        return self._line_no, lines

    def _more(self) -> bool:
        if len(self._text) > _MOST_HELD:
            detail = f"from line {self._line_no} on no row ends in {_MOST_HELD} characters: no statement of lines"
            raise UnreadableStatement(detail, kind="F0-5", line=self._line_no)
        text = next(self._texts, None)
        self._text += text or ""
        return text is not None

    def _held_from(self, last: int, remark: str) -> int:
        """Where the lines begin that may be the last, seen from what has come so far."""
        begin = self._text.rfind("\n") + 1
        while begin:
            before = self._line_before(begin)
            line = self._text[before:begin]
            if line.strip() and not (remark and line.startswith(remark)):
                break
            begin = before
        for _ in range(last):
            begin = self._line_before(begin) if begin else 0
        return begin

    def _line_before(self, begin: int) -> int:
        return self._text.rfind("\n", 0, begin - 1) + 1


def _decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    decoder, passed = codecs.getincrementaldecoder(encoding)(), 0

    def decoded(chunk: bytes, *, final: bool = False) -> str:
        begun = len(decoder.getstate()[0])
        try:
            return decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            place = passed - begun + error.start
            raise UnreadableStatement(f"not {encoding} at byte {place}", kind="F0-5") from None

    for chunk in chunks:
        yield decoded(chunk)
        passed += len(chunk)
    decoded(b"", final=True)
