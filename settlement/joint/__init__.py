"""Paid together: the due shares of one payer in many confirmed bills, paid by one order at the channel."""
