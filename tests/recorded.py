"""Every step that was recorded, whether alone or with others in a set, to be asked in tests."""

from typing import Any

from sqlalchemy import select, true, union_all

from foundation.states import moved_in_sets, transition, transition_set

_EACH = moved_in_sets()


def _of(one: Any, subject: Any) -> Any:
    return select(one.machine, subject, one.event, one.came_from, one.went_to, one.actor, one.at)


every_step = union_all(
    _of(transition.c, transition.c.subject),
    _of(transition_set.c, _EACH.c.subject).select_from(transition_set.join(_EACH, true())),
).subquery("every_step")
