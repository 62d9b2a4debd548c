"""The book's tables for export: the trial balance, and an account's statement."""

from collections.abc import Sequence

from api.pages.texts import Speech
from api.spreadsheets import Column, Holds, Table
from ledger import Balance, Statement


def trial_balance_table(t: Speech, book: Sequence[Balance]) -> Table:
    """A trial balance: account, class, debits, credits, balance on the class's normal side; then the sums."""
    columns = (
        Column(t("finance.account"), width=48),
        Column(t("book.class")),
        Column(t("finance.debit"), Holds.fen),
        Column(t("finance.credit"), Holds.fen),
        Column(t("finance.balance"), Holds.fen),
        Column(t("book.side"), width=8),
    )
    rows = [
        (
            one.code,
            t(f"class.{one.cls.value}"),
            one.debits,
            one.credits,
            one.balance,
            t(f"finance.side.{one.cls.normal_side.value}"),
        )
        for one in book
    ]
    sums = sum(one.debits for one in book), sum(one.credits for one in book)
    return Table(t("finance.trial"), columns, rows, (t("finance.sum"), None, *sums, None, None))


def statement_table(t: Speech, account: Statement) -> Table:
    """An account's statement: a line a transfer, between its opening and its closing balance."""
    columns = (
        Column(t("book.day"), Holds.day),
        Column(t("book.recorded"), Holds.instant),
        Column(t("book.what")),
        Column(t("book.reference"), width=36),
        Column(t("book.facing"), width=48),
        Column(t("finance.debit"), Holds.fen),
        Column(t("finance.credit"), Holds.fen),
        Column(t("finance.balance"), Holds.fen),
        Column(t("book.key"), width=38),
        Column(t("book.reverses"), width=38),
    )
    opening = (account.start, None, t("book.opening"), None, None, None, None, account.opening, None, None)
    lines = [
        (
            one.effective_on,
            one.recorded_at,
            t(f"entry.{one.kind.value}"),
            one.reference,
            one.facing,
            one.debit,
            one.credit,
            one.balance,
            str(one.key),
            str(one.reverses) if one.reverses else None,
        )
        for one in account.lines
    ]
    moved = sum(one.debit for one in account.lines), sum(one.credit for one in account.lines)
    closing = (account.end, None, t("book.closing"), None, None, *moved, account.closing, None, None)
    return Table(t("book.statement"), columns, (opening, *lines), closing)
