"""Receipts: what the tax office and the treasury say arrived, and the tax officer's word that they have seen it."""
