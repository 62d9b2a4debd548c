"""What must be true at any moment (`checks`), looked at every minute: what can be known by day is a case at once.

What means reading the whole book is `nightly`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from foundation import clock
from reconciliation.ageing import AGES
from reconciliation.checks import CHECKS, Check
from settlement.cases import UNSETTLED, NewCase, office_case, open_cases, vanish

LOOK_BACK = timedelta(days=3)
"""How far back the things are looked at that happened at one moment, such as a payment."""

HEARD = timedelta(seconds=60)
"""How long a proof of payment may stand in the inbox before the order counts as paid."""

FOLLOWED = timedelta(minutes=30)
"""How long after payment the tax office and the non-tax platform should have confirmed it."""

TOLD = timedelta(minutes=60)
"""How long a settled bill may wait until the registry has heard of it."""


_MOMENTS = ("since", "unheard", "unfollowed", "untold", "overdue", "today", "ages")
_QUERIES = {
    check.prefix: (text(check.query), [name for name in _MOMENTS if f":{name}" in check.query]) for check in CHECKS
}


async def watch(engine: AsyncEngine) -> int:
    """Looks at every check: opens a case for what breaks it, ends the cases of what no longer does; how many break."""
    async with engine.begin() as db:
        return await look(db, CHECKS, clock.now() - LOOK_BACK)


async def look(db: AsyncConnection, checks: Sequence[Check], since: datetime) -> int:
    """Looks at checks over what happened since an instant; how many things break them.

    What a waiting case tells of is looked at too, however long ago it happened: only what is mended ends it.
    """
    known = await _unsettled(db, checks)
    now = clock.now()
    moments: Mapping[str, Any] = {
        "since": min([since, *(one.opened_at - LOOK_BACK for one in known)]),
        "unheard": now - HEARD,
        "unfollowed": now - FOLLOWED,
        "untold": now - TOLD,
        "overdue": clock.today() - timedelta(days=2),
        "today": clock.today(),
        "ages": list(AGES),
    }
    cases: list[NewCase] = []
    for check in checks:
        query, names = _QUERIES[check.prefix]
        rows = await db.execute(query, {name: moments[name] for name in names})
        cases += [check.case(row) for row in rows.mappings()]
    await open_cases(db, cases)
    still = {one.fingerprint for one in cases}
    gone = [(one.id, one.state) for one in known if one.fingerprint not in still]
    await vanish(db, gone, "已恢复正常。It is as it should be again.")
    return len(cases)


async def _unsettled(db: AsyncConnection, checks: Sequence[Check]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The cases of checks that nobody has decided on."""
    found = await db.execute(
        select(office_case.c.id, office_case.c.state, office_case.c.fingerprint, office_case.c.opened_at).where(
            office_case.c.kind.in_({check.kind for check in checks}),
            office_case.c.state.in_(UNSETTLED),
            or_(*(office_case.c.fingerprint.startswith(check.prefix, autoescape=True) for check in checks)),
        )
    )
    return found.all()
