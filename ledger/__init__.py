"""The double-entry book: accounts and amounts; it knows neither bills nor taxes."""

from ledger.accounts import Account, AccountClass, AccountKind, Side, close_account, open_accounts
from ledger.balances import Balance, Statement, StatementLine, balances, balances_as_of, statement
from ledger.days import approve_reopening, close_days, closed_days, propose_reopening
from ledger.entries import Entry, EntryKind, Posted, Transfer
from ledger.holds import expire_holds
from ledger.posting import post, post_each

__all__ = [
    "Account",
    "AccountClass",
    "AccountKind",
    "Balance",
    "Entry",
    "EntryKind",
    "Posted",
    "Side",
    "Statement",
    "StatementLine",
    "Transfer",
    "approve_reopening",
    "balances",
    "balances_as_of",
    "close_account",
    "close_days",
    "closed_days",
    "expire_holds",
    "open_accounts",
    "post",
    "post_each",
    "propose_reopening",
    "statement",
]
