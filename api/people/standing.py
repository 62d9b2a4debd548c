"""Who somebody is to the system: a name, a role, a region, and the window they sit at."""

from dataclasses import dataclass

ROLES = ("clerk", "partner", "finance", "tax_officer", "integrator", "administrator")

MOVE_MONEY_OR_RULES = frozenset({"finance", "tax_officer", "administrator"})
"""Roles that decide over money, over rules, or over who does: nobody is given one of them by a single person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone signed in. `window`: the code of theirs; a partner (at a window of a bank or an agent) always has one."""

    name: str
    role: str
    region: str
    window: str | None = None

    @property
    def only_window(self) -> str | None:
        """The one window whose business they may see and make; None: that of the whole region."""
        return self.window if self.role == "partner" else None
