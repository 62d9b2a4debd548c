"""A long list a page at a time: links to the pages before and after, which keep what was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

PageNumber = Annotated[int, Query(ge=1, alias="page")]
"""The page of a list that an address asks for, from 1."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Which rows of a list a page shows. A page beyond the end is the last: the list may have become shorter.

    `path` and `asked` are the list's address: what is empty in `asked` is left out of the links.
    """

    path: str
    asked: Mapping[str, object]
    wanted: int
    size: int
    count: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // self.size))

    @property
    def number(self) -> int:
        """The page that is shown, from 1."""
        return min(self.wanted, self.pages)

    @property
    def skip(self) -> int:
        """How many rows stand on the pages before."""
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        """The first row that is shown, counted from 1."""
        return self.skip + 1

    @property
    def last(self) -> int:
        """The last row that is shown."""
        return min(self.skip + self.size, self.count)

    def address(self, **other: object) -> str:
        """Where the same list is with something else asked for, from its first page on unless a `page` is named."""
        asked = {name: value for name, value in {**self.asked, **other}.items() if value}
        return f"{self.path}?{urlencode(asked)}" if asked else self.path
