"""The control equations of a day: amounts that must be equal to the fen before anybody signs."""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciliation.reasons import Sentence


@dataclass(frozen=True, slots=True)
class Term:
    """A named amount of an equation, in fen, with its sign."""

    words: Sentence
    fen: int


@dataclass(frozen=True, slots=True)
class Equation:
    """Two amounts in fen that must be equal, what they are, and the terms that the left one is the sum of."""

    words: Sentence
    left_fen: int
    right_fen: int
    terms: tuple[Term, ...]

    @property
    def holds(self) -> bool:
        """Whether they are."""
        return self.left_fen == self.right_fen


def equation(words: Sentence, terms: Iterable[tuple[Sentence, int]], right_fen: int) -> Equation:
    """An equation whose left side is the sum of its terms."""
    named = tuple(Term(name, fen) for name, fen in terms)
    return Equation(words, sum(one.fen for one in named), right_fen, named)


NAMED = Sentence("有名目者", "named")
OPENING = Sentence("期初", "opening")
RECEIVED = Sentence("收", "received")
REFUNDED = Sentence("退", "refunded")
REMITTED = Sentence("拨", "remitted")
MATCHED = Sentence("已平", "matched")
IN_POOL = Sentence("池中", "in the pool")
IN_BREAKS = Sentence("差错", "in breaks")
SETTLED = Sentence("渠道应结", "channel settlements")
MOVED = Sentence("本日收付", "moved")
BALANCE_BEFORE = Sentence("上日期末余额", "closing balance before")
FEE_BY_CONTRACT = Sentence("合同手续费", "fee by contract")
