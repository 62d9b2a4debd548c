"""The audit log as a table."""

from collections.abc import Sequence

from api.audit.trail import Trace
from api.pages.texts import Speech
from api.spreadsheets import Column, Holds, Table


def audit_table(found: Sequence[Trace], t: Speech) -> Table:
    """One row for each trace: when, who, what, on which subject, from and to, why, how often."""
    columns = [
        ("at", Holds.instant, 20), ("actor", Holds.text, 16), ("kind", Holds.text, 16), ("event", Holds.text, 16),
        ("number", Holds.text, 32), ("from", Holds.text, 14), ("to", Holds.text, 14), ("reason", Holds.text, 60),
        ("count", Holds.count, 8),
    ]  # fmt: skip
    rows = [
        [
            one.at, one.actor, t(f"audit.kind.{one.kind}") if t.knows(f"audit.kind.{one.kind}") else one.kind,
            one.event, one.number, one.came_from, one.went_to, one.reason, one.count,
        ]
        for one in found
    ]  # fmt: skip
    return Table(
        t("admin.audit"), tuple(Column(t(f"audit.{name}"), holds, width) for name, holds, width in columns), rows
    )
