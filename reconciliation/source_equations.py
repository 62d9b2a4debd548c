"""The equations of a source's day: each side's total is what matched, what waits and what differs, and its balances."""

from collections.abc import Sequence

from reconciliation.bank_balance import balance_equations
from reconciliation.equations import FEE_BY_CONTRACT, IN_BREAKS, IN_POOL, MATCHED, SETTLED, Equation, equation
from reconciliation.reasons import SOURCE_NAMES, Sentence
from reconciliation.source_report import SourceReport
from settlement.ports.statements import Source

_THEIRS = {
    Source.bank: Sentence(
        "渠道应结（逐批相符）+ 合同手续费 + 差错 = 银行到账净额",
        "channel settlements, batch by batch, + fee by contract + breaks = net bank credit",
    )
}
"""What the second equation of a source says, where it says more than that its rows are accounted for."""


def source_equations(source: SourceReport) -> Sequence[Equation]:
    """Each side's total is what matched, what waits and what differs; a bank's balances go on from day to day."""
    if source.ours is None or source.theirs is None or source.matched is None:
        return ()
    name, matched = SOURCE_NAMES[source.source], (MATCHED, source.matched.fen)
    pool = sum(row.amount_fen for row in source.pool)
    ours, theirs = (sum(one.our_fen for one in source.breaks), sum(one.their_fen for one in source.breaks))
    return (
        equation(
            Sentence(f"{name.zh}：已平 + 池中 + 差错 = 我方合计", f"{name.en}: matched + pool + breaks = ours"),
            (matched, (IN_POOL, pool), (IN_BREAKS, ours)),
            source.ours.fen,
        ),
        equation(
            _THEIRS.get(source.source)
            or Sentence(f"{name.zh}：已平 + 差错 = 对方合计", f"{name.en}: matched + breaks = theirs"),
            (*_settled(source, source.matched.fen), (IN_BREAKS, theirs)),
            source.theirs.fen,
        ),
        *balance_equations(source.source, source.balance),
    )


def _settled(source: SourceReport, matched_fen: int) -> Sequence[tuple[Sentence, int]]:
    """What matched; at a bank without the contract's fee, and the fee as a term of its own."""
    if source.source is not Source.bank:
        return ((MATCHED, matched_fen),)
    return ((SETTLED, matched_fen - source.fee_fen), (FEE_BY_CONTRACT, source.fee_fen))
