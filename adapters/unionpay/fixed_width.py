"""Lines of fixed columns, measured in bytes of GBK, with one separator between two columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from settlement.ports.statements import UnreadableStatement


class Layout:
    """The widths of a file's columns."""

    def __init__(self, *widths: int) -> None:
        self._widths = widths
        self._starts = tuple(accumulate((width + 1 for width in widths[:-1]), initial=0))
        self.line_bytes = self._starts[-1] + widths[-1]

    def lines(self, lines: Iterable[bytes]) -> Iterator["Line"]:
        """Cuts lines, given with their CRLF. UnreadableStatement names a line that is cut off or has shifted."""
        for number, line in enumerate(lines, 1):
            content = line.removesuffix(b"\n").removesuffix(b"\r")
            if len(content) != self.line_bytes:
                raise UnreadableStatement(
                    f"line {number} has {len(content)} bytes, expected {self.line_bytes}: cut off or another layout",
                    line=number,
                )
            if {content[start - 1 : start] for start in self._starts[1:]} != {b" "}:
                raise UnreadableStatement(f"line {number}: the columns have shifted", line=number)
            yield Line(number, content, self)

    def cut(self, content: bytes, column: int) -> bytes:
        """The bytes of a column, counted from 1 as in the specification."""
        start = self._starts[column - 1]
        return content[start : start + self._widths[column - 1]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Each reader takes the column's number and name, which an error shows with the line."""

    number: int
    content: bytes
    layout: Layout

    def text(self, column: int, name: str) -> str:
        """Whatever is there, without the blanks around it."""
        cut = self.layout.cut(self.content, column)
        try:
            return cut.decode("gbk").strip()
        except UnicodeDecodeError:
            raise self.wrong(column, name, cut, "text in GBK") from None

    def word(self, column: int, name: str) -> str:
        """Digits and letters, at least one."""
        text = self.text(column, name)
        if not (text.isascii() and text.isalnum()):
            raise self.wrong(column, name, text, "digits and letters")
        return text

    def digits(self, column: int, name: str, length: int) -> str:
        """Digits, exactly so many."""
        text = self.text(column, name)
        if not (text.isascii() and text.isdigit() and len(text) == length):
            raise self.wrong(column, name, text, f"{length} digits")
        return text

    def sided_amount(self, column: int, name: str) -> int:
        """An amount X+n12: D or C, then twelve digits. Which letter is which side is not relied on."""
        text = self.text(column, name)
        if not (len(text) == 13 and text[0] in "DC" and text.isascii() and text[1:].isdigit()):
            raise self.wrong(column, name, text, "D or C and 12 digits")
        return int(text[1:])

    def wrong(self, column: int, name: str, value: object, allowed: str) -> UnreadableStatement:
        """The error for a column that is not as it should be."""
        return wrong_column(self.number, column, name, value, allowed)


def wrong_column(line_no: int, column: int, name: str, value: object, allowed: str) -> UnreadableStatement:
    """The error for a column of a line that was read before."""
    return UnreadableStatement(f"line {line_no}, column {column} {name}: {value!r}, expected {allowed}", line=line_no)
