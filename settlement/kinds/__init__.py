"""Kinds of business: what the window takes in is always one of these, and each is a file."""

from settlement.kinds.kind import DEFAULT, BusinessKind, business_kind, business_kinds

__all__ = ["DEFAULT", "BusinessKind", "business_kind", "business_kinds"]
