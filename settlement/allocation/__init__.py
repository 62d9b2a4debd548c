"""Allocation 清分: each line's way from the channel to the treasury or the non-tax account."""
