"""Settled by the month."""
