"""Brings a set into force: one tax officer proposes, another approves or rejects."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id
from settlement.office import Actor
from settlement.rule_sets.keeping import current
from settlement.rule_sets.tables import rule_set, rule_sets
from settlement.rule_sets.uploads import sound_set

PROPOSES = "tax_officer"


async def propose_set(db: AsyncConnection, texts: Mapping[str, str], actor: Actor, reason: str) -> str:
    """Keeps a sound set and proposes it; its hash. Conflict where it is already proposed or in force.

    A set that was rejected or replaced may be proposed again, and is the same set: its hash and files stay.
    """
    if actor.role != PROPOSES:
        raise NotAllowed(f"{actor.name} is {actor.role}; rules are proposed by a {PROPOSES}")
    await current(db)  # there is always a set that this one would replace
    rules = await asyncio.to_thread(sound_set, texts)
    row = await _locked(db, rules.hash)
    now = clock.now()
    if row is None:
        values = {"version": rules.version, "form": rules.files.set.form, "files": dict(texts), "delivered": False}
        who = {"proposed_by": actor.name, "published_at": now}
        kept = {"id": new_id(), "hash": rules.hash, "state": rule_sets.first, **values, **who}
        await db.execute(insert(rule_set).values(kept))
        return rules.hash
    if row.state in ("proposed", "in_force"):
        raise Conflict(f"rule set {rules.hash} is already {row.state.replace('_', ' ')}", hash=rules.hash)
    again = {"proposed_by": actor.name, "approved_by": None, "in_force_from": None, "delivered": False}
    await _advance(db, row, "propose", actor, reason, published_at=now, **again)
    return rules.hash


async def approve_set(db: AsyncConnection, wanted: str, actor: Actor) -> None:
    """Brings a proposed set into force in place of the present one. NotAllowed to the one who proposed it."""
    await current(db)
    in_force = select(rule_set).where(rule_set.c.state == "in_force").with_for_update()
    present = (await db.execute(in_force)).one_or_none()
    if present is None:
        raise Conflict("another set has come into force at this moment; look again", hash=wanted)
    row = await _kept(db, wanted)
    rule_sets.rule(row.state, "approve", actor.role)
    if row.proposed_by == actor.name:
        raise NotAllowed(
            f"{actor.name} 提出了这套规则，须由另一人批准。"
            f"{actor.name} proposed this set; another person has to approve it.",
            hash=wanted,
        )
    await _advance(db, present, "replace", actor, f"replaced by {wanted}")
    await _advance(db, row, "approve", actor, None, approved_by=actor.name, in_force_from=clock.now())


async def reject_set(db: AsyncConnection, wanted: str, actor: Actor, reason: str) -> None:
    """Rejects a proposed set; whoever proposed it may take it back so, too."""
    await _advance(db, await _kept(db, wanted), "reject", actor, reason)


async def _advance(
    db: AsyncConnection, row: Row[Any], event: str, actor: Actor, reason: str | None, **values: Any
) -> None:
    await rule_sets.advance(db, row.id, row.state, event, role=actor.role, actor=actor.name, reason=reason, **values)


async def _kept(db: AsyncConnection, wanted: str) -> Row[Any]:
    row = await _locked(db, wanted)
    if row is None:
        raise NotFound(f"no rule set with the hash {wanted} is kept here", field="hash")
    return row


async def _locked(db: AsyncConnection, wanted: str) -> Row[Any] | None:
    return (await db.execute(select(rule_set).where(rule_set.c.hash == wanted).with_for_update())).one_or_none()
