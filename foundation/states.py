"""State machines as tables.

A machine is a table of (from, event, to, who may) that the program runs from, the tests walk and the
docs draw. Nothing else writes a state column.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    CompoundSelect,
    DateTime,
    Identity,
    MetaData,
    Select,
    SelectBase,
    SmallInteger,
    String,
    Table,
    TableValuedAlias,
    Text,
    func,
    insert,
    literal,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import Conflict

metadata = MetaData()

BY_ITSELF = "heyi"
"""The actor of what happens without a person."""

transition = Table(
    "transition",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("machine", String(32), nullable=False),
    Column("subject", SqlUuid, nullable=False),
    Column("event", String(32), nullable=False),
    Column("came_from", String(32), nullable=False),
    Column("went_to", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Column("at", DateTime(timezone=True), nullable=False),
)

transition_set = Table(
    "transition_set",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("no", SmallInteger, primary_key=True),
    Column("machine", String(32), nullable=False),
    Column("event", String(32), primary_key=True),
    Column("came_from", String(32), primary_key=True),
    Column("went_to", String(32), nullable=False),
    Column("subjects", ARRAY(SqlUuid), nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""What one statement moved, a row for all that moved alike. Not found by its subjects: these know their set's `id`."""


def moved_in_sets() -> TableValuedAlias:
    """The things of a row of transition_set, as rows of one column `subject`, to be joined to it."""
    return func.unnest(transition_set.c.subjects).table_valued("subject").render_derived("each")


def steps(subjects: SelectBase, sets: SelectBase) -> CompoundSelect[Any]:
    """Every step that things took, each by itself, the oldest first.

    `subjects` selects the ids of the things, `sets` the transition_sets in which some of them moved. A row has
    machine, event, went_to, actor, at.
    """
    one, many, each = transition.c, transition_set.c, moved_in_sets()
    alone: Select[Any] = select(one.at, one.id, literal(0).label("no"), *_told(one)).where(one.subject.in_(subjects))
    together: Select[Any] = (
        select(many.at, many.id, many.no, *_told(many))
        .select_from(transition_set.join(each, true()))
        .where(many.id.in_(sets), each.c.subject.in_(subjects))
    )
    return union_all(alone, together).order_by("at", "id", "no")


def _told(row: Any) -> tuple[Any, ...]:
    return row.machine, row.event, row.went_to, row.actor


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: in state `source`, `event` leads to `target`; `who` may cause it."""

    source: str
    event: str
    target: str
    who: frozenset[str]


class WrongState(Conflict):
    """The thing is in a state in which this cannot happen."""

    code = "wrong_state"


@dataclass(frozen=True, slots=True)
class Machine:
    """A table of rules over the state column of one database table (columns `id` and `state`)."""

    name: str
    table: Table
    first: str
    rules: tuple[Rule, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in the order in which the table first names them."""
        named = [self.first, *(state for rule in self.rules for state in (rule.source, rule.target))]
        return tuple(dict.fromkeys(named))

    def rule(self, source: str, event: str, role: str) -> Rule:
        """The rule for an event in a state, or a refusal that says what could happen instead."""
        for rule in self.rules:
            if (rule.source, rule.event) == (source, event) and role in rule.who:
                return rule
        open_events = sorted({rule.event for rule in self.rules if rule.source == source and role in rule.who})
        raise WrongState(
            f"{self.name}: '{event}' by {role} is not possible in state '{source}'; "
            f"possible: {', '.join(open_events) or 'nothing, it is final'}",
            machine=self.name,
            state=source,
            event=event,
        )

    async def advance(
        self,
        db: AsyncConnection,
        subjects: UUID | Sequence[UUID],
        source: str,
        event: str,
        *,
        role: str = "system",
        actor: str = BY_ITSELF,
        reason: str | None = None,
        **values: Any,
    ) -> str:
        """Moves one row, or a set of rows, on and records it. `values` are columns that change with the state.

        Every row must still be in `source`: of two that try at the same moment, one gets WrongState.
        """
        ids = [subjects] if isinstance(subjects, UUID) else list(subjects)
        rule = self.rule(source, event, role)
        moved = await db.execute(
            update(self.table)
            .where(self.table.c.id.in_(ids), self.table.c.state == source)
            .values(state=rule.target, **values)
        )
        if moved.rowcount != len(ids):
            raise WrongState(f"{self.name} is no longer in state '{source}'; look again", machine=self.name)
        if ids:
            seen = {"machine": self.name, "event": event, "came_from": source, "went_to": rule.target}
            who = {"actor": actor, "reason": reason, "at": clock.now()}
            await db.execute(insert(transition), [{"subject": one, **seen, **who} for one in ids])
        return rule.target


def rules(*rows: tuple[str | Iterable[str], str, str, str]) -> tuple[Rule, ...]:
    """Rows as they read best: (from or several, event, to, 'who or several by space')."""
    return tuple(
        Rule(source, event, target, frozenset(who.split()))
        for sources, event, target, who in rows
        for source in ([sources] if isinstance(sources, str) else sources)
    )
