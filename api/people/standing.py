"""Who somebody is to the system: a name, a role and a region."""

from dataclasses import dataclass

ROLES = ("clerk", "finance", "tax_officer", "integrator", "administrator")

MOVE_MONEY_OR_RULES = frozenset({"finance", "tax_officer", "administrator"})
"""Roles that decide over money, over rules, or over who does: nobody is given one of them by a single person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone signed in."""

    name: str
    role: str
    region: str
