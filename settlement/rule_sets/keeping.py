"""Loads kept sets: the one in force, and any other by its hash, so that an old bill can be worked out again."""

import asyncio
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import HeyiError, NotFound
from foundation.identifiers import new_id
from settlement.assessment import RuleSet, rules_in_force
from settlement.assessment.loading import content_of_texts, texts_of
from settlement.rule_sets.tables import rule_set

RELEASE = "delivered with the release"
"""Who proposed the set of an empty database."""

_LOADED: dict[str, RuleSet] = {}


class KeptSetUnreadable(HeyiError):
    """A kept set does not give what it was kept as: its form is unknown here, or its content has another hash."""

    code = "kept_set_unreadable"


def _form_1(texts: Mapping[str, str]) -> RuleSet:
    return RuleSet.of_content(content_of_texts(texts))


FORMS: Mapping[int, Callable[[Mapping[str, str]], RuleSet]] = {1: _form_1}
"""How each form of the rule language is read. A form that was ever in force stays here."""


async def current(db: AsyncConnection) -> RuleSet:
    """The set in force. A database without any gets the packaged one, which then counts as in force."""
    wanted = select(rule_set.c.hash).where(rule_set.c.state == "in_force")
    found = await db.scalar(wanted)
    if found is None:
        await _deliver(db)
        found = (await db.execute(wanted)).scalar_one()
    return await set_by_hash(db, found)


async def set_by_hash(db: AsyncConnection, wanted: str) -> RuleSet:
    """A kept set, in force or not. NotFound where no set with this hash was kept."""
    if wanted not in _LOADED:
        query = select(rule_set.c.form, rule_set.c.files).where(rule_set.c.hash == wanted)
        row = (await db.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"no rule set with the hash {wanted} is kept here", field="hash")
        if row.form not in FORMS:
            raise KeptSetUnreadable(f"rule set {wanted} is written in form {row.form}, which is not known here")
        loaded = await asyncio.to_thread(FORMS[row.form], row.files)
        if loaded.hash != wanted:
            raise KeptSetUnreadable(f"the rule set kept as {wanted} has the hash {loaded.hash}")
        _LOADED[wanted] = loaded
    return _LOADED[wanted]


def packaged_texts() -> dict[str, str]:
    """The files of the set that this release delivers."""
    return texts_of(Path(str(files("settlement.assessment") / "rules")))


async def _deliver(db: AsyncConnection) -> None:
    """Takes the packaged set in. Of two that start at the same moment the second finds the first's."""
    delivered = await asyncio.to_thread(rules_in_force)
    now = clock.now()
    row = {
        "id": new_id(),
        "hash": delivered.hash,
        "version": delivered.version,
        "form": delivered.files.set.form,
        "files": packaged_texts(),
        "state": "in_force",
        "delivered": True,
        "published_at": now,
        "proposed_by": RELEASE,
        "in_force_from": now,
    }
    await db.execute(insert(rule_set).values(row).on_conflict_do_nothing())
    _LOADED[delivered.hash] = delivered
