"""Our book as the statements of others would show it, for reconciliation."""

from settlement.book.our_book import OurBook

__all__ = ["OurBook"]
