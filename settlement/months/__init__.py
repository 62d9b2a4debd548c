"""Settled by the month 月结: what a bank owes for its mortgages of a month, on one statement, paid by one order."""
