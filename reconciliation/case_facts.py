"""What a case is told of a difference: both sides' rows, what is suggested, and the entries that this would make."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from reconciliation.explanation import Break
from reconciliation.kinds import KINDS, Kind
from settlement.adjustments import Entry
from settlement.adjustments.entries import DUE_NON_TAX, DUE_TREASURY
from settlement.cases import NewCase
from settlement.ports.book import BookRow
from settlement.ports.statements import Source, StatementRow
from settlement.refunds.coming_back import REOPEN

_ROWS_SHOWN = 50

_ENTRY = tuple(field.name for field in fields(Entry))

_ACTIONS = {
    name: {
        **kind.action.model_dump(),
        **({f"then_{lang}": text for lang, text in kind.then_action} if kind.then_action else {}),
    }
    for name, kind in KINDS.items()
}
"""What is suggested for each kind of difference, in both languages."""

_CAME_BACK = "R-8"
"""What is suggested for every refund that came back, be it of a fee."""

_DUE = {Source.treasury: DUE_TREASURY, Source.non_tax: DUE_NON_TAX}


def case_of(region: str, source: Source, day: date, one: Break) -> NewCase:
    """The case of a difference that a source's statement of a day brought to light."""
    kind = KINDS[one.kind]
    difference = one.their_fen - one.our_fen or -one.our_fen  # of equal amounts: what it would be without their row
    amount = abs(difference)
    entries = _entries(source, one, kind, difference, amount)
    then = kind.afterwards(difference, amount) if amount else ()
    facts = {
        "source": source,
        "day": day.isoformat(),
        "key": one.key,
        "second_key": one.second_key,
        "account": one.theirs[0].account if one.theirs else one.ours[0].account,
        "our_rows": len(one.ours),
        "their_rows": len(one.theirs),
        "our_fen": one.our_fen,
        "their_fen": one.their_fen,
        "ours": [_our(row) for row in one.ours[:_ROWS_SHOWN]],
        "theirs": [_their(row) for row in one.theirs[:_ROWS_SHOWN]],
        "line_nos": [row.line_no for row in one.theirs],
        "reason_en": one.reason.en,
        "action": _ACTIONS[_CAME_BACK if one.came_back_of else one.kind],
        "does": REOPEN if one.came_back_of else kind.does,
        "came_back_of": one.came_back_of,
        "entries": [_written(entry) for entry in entries],
        "then": [_written(entry) for entry in then],
        "candidates": list(one.candidates),
    }
    return NewCase(
        region, one.kind, one.fingerprint, one.reason.zh, amount, day, one.bill_id, facts, kind.days_to_settle
    )


def _entries(source: Source, one: Break, kind: Kind, difference: int, amount: int) -> tuple[Entry, ...]:
    """What approval of the suggested action would post."""
    if one.came_back_of:
        where = DUE_NON_TAX if source is Source.non_tax else "渠道在途"
        return (Entry(where, "应付退款", amount),)
    if kind.does == "move":
        return moves(source, one)
    return kind.preview(difference, amount) if amount else ()


def moves(source: Source, one: Break) -> tuple[Entry, ...]:
    """Entries that book an amount where the source has it: debit its account, credit the one that still waits.

    What the source has and we did not expect there meets what we expected and it has not, in the order of accounts.
    """
    over = Counter[str]()
    for their in one.theirs:
        over[their.account] += their.amount_fen
    for our in one.ours:
        over[our.account] -= our.amount_fen
    more = [(account, fen) for account, fen in sorted(over.items()) if fen > 0]
    less = [(account, -fen) for account, fen in sorted(over.items()) if fen < 0]
    name = _DUE[source]
    return tuple(Entry(name, name, fen, debit_of=debit, credit_of=credit) for debit, credit, fen in _met(more, less))


def _met(more: Sequence[tuple[str, int]], less: Sequence[tuple[str, int]]) -> Iterator[tuple[str, str, int]]:
    waiting = list(less)
    for account, wanted in more:
        met = 0
        while met < wanted and waiting:
            other, fen = waiting.pop(0)
            part = min(wanted - met, fen)
            yield account, other, part
            met += part
            if part < fen:
                waiting.insert(0, (other, fen - part))


def _our(row: BookRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "second_key": row.second_key,
        "account": row.account,
        "amount_fen": row.amount_fen,
        "expected_on": row.expected_on.isoformat(),
    }


def _their(row: StatementRow) -> dict[str, Any]:
    return {
        "line_no": row.line_no,
        "key": row.key,
        "second_key": row.second_key,
        "account": row.account,
        "amount_fen": row.amount_fen,
    }


def _written(entry: Entry) -> dict[str, Any]:
    return {name: value for name in _ENTRY if (value := getattr(entry, name))}
