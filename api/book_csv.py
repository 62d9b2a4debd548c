"""The book as CSV, one table a text: amounts in yuan, with a mark at the start by which spreadsheets know UTF-8."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from foundation import clock
from foundation.money import plain_yuan
from ledger import Balance, Statement

_UTF8_MARK = "\ufeff"
_MAY_BEGIN_A_FORMULA = ("=", "+", "-", "@", "\t")


def balances_csv(book: Sequence[Balance]) -> str:
    """A trial balance: account, class, debits, credits, balance on the class's normal side; then the sums."""
    rows = [
        (
            one.code,
            one.cls.chinese,
            plain_yuan(one.debits),
            plain_yuan(one.credits),
            plain_yuan(one.balance),
            one.cls.normal_side.value,
        )
        for one in book
    ]
    sums = plain_yuan(sum(one.debits for one in book)), plain_yuan(sum(one.credits for one in book))
    head = ("account", "class", "debits", "credits", "balance", "side")
    return _written([head, *rows, ("total", "", *sums, "", "")])


def statement_csv(account: Statement) -> str:
    """An account's statement: a line a transfer, between its opening and its closing balance."""
    head = ("date", "recorded", "kind", "reference", "facing", "debit", "credit", "balance", "entry")
    lines = [
        (
            one.effective_on.isoformat(),
            clock.local(one.recorded_at).isoformat(),
            one.kind.value,
            _plain(one.reference),
            one.facing,
            plain_yuan(one.debit),
            plain_yuan(one.credit),
            plain_yuan(one.balance),
            str(one.key),
        )
        for one in account.lines
    ]
    opening = (account.start.isoformat(), "", "opening", "", "", "", "", plain_yuan(account.opening), "")
    closing = (account.end.isoformat(), "", "closing", "", "", "", "", plain_yuan(account.closing), "")
    return _written([head, opening, *lines, closing])


def _plain(text: str) -> str:
    """Free text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_MAY_BEGIN_A_FORMULA) else text


def _written(rows: Iterable[Sequence[str]]) -> str:
    made = StringIO()
    made.write(_UTF8_MARK)
    csv.writer(made).writerows(rows)
    return made.getvalue()
