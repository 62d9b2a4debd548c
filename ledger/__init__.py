"""The double-entry book: accounts and amounts; it knows neither bills nor taxes."""

from ledger.accounts import Account, AccountClass, AccountKind, Side, close_account, open_accounts
from ledger.balances import Balance, Statement, StatementLine, balances, balances_as_of, statement
from ledger.checks import FindingKind
from ledger.days import Reopening, approve_reopening, close_days, closed_days, propose_reopening, reopenings
from ledger.entries import Entry, EntryKind, Posted, Transfer
from ledger.errors import DayClosed
from ledger.evidence import DayHead, LaneEnd, Proof, day_head, prove, seal_day, seal_up_to
from ledger.holds import expire_holds
from ledger.open_days import first_open_day, first_open_day_on, post_on_open_days
from ledger.periods import Period
from ledger.posting import post, post_each, refusal
from ledger.verify import Finding, Report, verify

__all__ = [
    "Account",
    "AccountClass",
    "AccountKind",
    "Balance",
    "DayClosed",
    "DayHead",
    "Entry",
    "EntryKind",
    "Finding",
    "FindingKind",
    "LaneEnd",
    "Period",
    "Posted",
    "Proof",
    "Reopening",
    "Report",
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
    "day_head",
    "expire_holds",
    "first_open_day",
    "first_open_day_on",
    "open_accounts",
    "post",
    "post_each",
    "post_on_open_days",
    "propose_reopening",
    "prove",
    "refusal",
    "reopenings",
    "seal_day",
    "seal_up_to",
    "statement",
    "verify",
]
