"""The double-entry book: accounts and amounts; it knows neither bills nor taxes."""

from ledger.accounts import Account, AccountClass, AccountKind, Side, close_account, open_accounts
from ledger.balances import Balance, Statement, StatementLine, balances, statement
from ledger.entries import Entry, EntryKind, Posted, Transfer
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
    "balances",
    "close_account",
    "open_accounts",
    "post",
    "post_each",
    "statement",
]
