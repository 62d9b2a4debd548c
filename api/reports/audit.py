"""The audit log as a table, in words."""

from collections.abc import Sequence

from api.audit.trail import Trace
from api.pages.texts import Speech
from api.spreadsheets import Column, Holds, Table

_SHORT = {"payment_code": "code", "allocation_line": "piece", "reconciliation_day": "day", "statement_file": "file"}
"""Machines of whose states the pages speak under a shorter name."""


def kind_word(kind: str, t: Speech) -> str:
    """What kind of trace it is."""
    return t(f"audit.kind.{kind}")


def event_word(one: Trace, t: Speech) -> str:
    """What was done; empty for a sign-in, an export and a refusal, which their kind says already."""
    if one.kind == "proposal":
        return kind_word(one.event, t)
    return t(f"audit.event.{one.event}") if one.event else ""


def state_word(kind: str, state: str | None, t: Speech) -> str | None:
    """A state of a machine, as the pages call it elsewhere."""
    if state is None:
        return None
    own = f"{_SHORT.get(kind, kind)}.{state}"
    return t(own) if t.knows(own) else t(f"audit.state.{state}")


def audit_table(found: Sequence[Trace], t: Speech) -> Table:
    """One row for each trace: when, who, what, on which subject, from and to, why, how often."""
    columns = [
        ("at", Holds.instant, 20), ("actor", Holds.text, 16), ("kind", Holds.text, 16), ("event", Holds.text, 16),
        ("number", Holds.text, 32), ("from", Holds.text, 14), ("to", Holds.text, 14), ("reason", Holds.text, 60),
        ("count", Holds.count, 8),
    ]  # fmt: skip
    rows = [
        [
            one.at, one.actor, kind_word(one.kind, t), event_word(one, t), one.number,
            state_word(one.kind, one.came_from, t), state_word(one.kind, one.went_to, t), one.reason, one.count,
        ]
        for one in found
    ]  # fmt: skip
    return Table(
        t("admin.audit"), tuple(Column(t(f"audit.{name}"), holds, width) for name, holds, width in columns), rows
    )
