"""Payments from before this system, and the unit codes that a person said yes to.

A candidate comes from a certificate number that is known here, from a title number, or from an address that reads the
same. It carries its confidence in percent, and nothing is filled in before somebody accepts it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    MetaData,
    Row,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import NotFound
from foundation.identifiers import new_id
from foundation.states import Machine, rules
from settlement.bills.tables import bill, voucher
from settlement.clearance.registering import registration
from settlement.office import Actor, Office

_metadata = MetaData()

earlier_payment = Table(
    "earlier_payment",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("item", String(32)),
    Column("amount_fen", BigInteger),
    Column("paid_on", Date),
    Column("certificate_number", String(64)),
    Column("title_number", String(80)),
    Column("address", Text),
    Column("unit_code", String(28)),
    Column("taken_in_by", Text),
    Column("taken_in_at", DateTime(timezone=True)),
)

unit_code_candidate = Table(
    "unit_code_candidate",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("earlier_id", Uuid),
    Column("unit_code", String(28)),
    Column("found_by", String(16)),
    Column("confidence", SmallInteger),
    Column("state", String(16)),
)

unit_code_candidates = Machine(
    "unit_code_candidate",
    unit_code_candidate,
    "proposed",
    rules(
        ("proposed", "accept", "accepted", "clerk tax_officer"),
        ("proposed", "reject", "rejected", "clerk tax_officer"),
        ("proposed", "lose", "rejected", "system"),  # another was accepted
    ),
)

LISTED_MAX = 500
_SURE = {"certificate": 99, "title": 97}
_SAME_ADDRESS, _LIKE, _LEAST = 95, 90, 0.85


@dataclass(frozen=True, slots=True)
class Earlier:
    """A payment as the old data has it. Amount in fen; what the old data lacks is None."""

    item: str
    amount_fen: int
    paid_on: date
    certificate_number: str
    title_number: str | None = None
    address: str | None = None
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class EarlierView:
    """A payment from before this system."""

    id: UUID
    item: str
    amount_fen: int
    paid_on: date
    certificate_number: str
    unit_code: str | None


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A unit code that may belong to an earlier payment, found by 'certificate', 'title' or 'address'."""

    id: UUID
    earlier: EarlierView
    address: str | None
    unit_code: str
    found_by: str
    confidence: int
    state: str


async def take_in(office: Office, region: str, payments: Sequence[Earlier], actor: Actor) -> int:
    """Takes earlier payments in, each certificate of an item once. Returns how many were new."""
    rows = [
        {
            "id": new_id(),
            "region": region,
            "item": one.item,
            "amount_fen": one.amount_fen,
            "paid_on": one.paid_on,
            "certificate_number": one.certificate_number,
            "title_number": one.title_number,
            "address": one.address,
            "unit_code": one.unit_code,
            "taken_in_by": actor.name,
            "taken_in_at": clock.now(),
        }
        for one in payments
    ]
    if not rows:
        return 0
    async with office.database.begin() as db:
        return (await db.execute(insert(earlier_payment).values(rows).on_conflict_do_nothing())).rowcount


async def find_candidates(office: Office, region: str) -> int:
    """Looks for the unit codes of all earlier payments that lack one. Returns how many candidates are new."""
    async with office.database.begin() as db:
        lacking = (earlier_payment.c.region == region) & earlier_payment.c.unit_code.is_(None)
        waiting = (await db.execute(select(earlier_payment).where(lacking))).all()
        certificates, titles, addresses = await _known(db, region)
        found: dict[tuple[UUID, str], tuple[str, int]] = {}
        for one in waiting:
            for code, by, confidence in _of(one, certificates, titles, addresses):
                if confidence > found.get((one.id, code), ("", 0))[1]:
                    found[one.id, code] = (by, confidence)
        rows = [
            {"id": new_id(), "earlier_id": key[0], "unit_code": key[1], "found_by": by, "confidence": confidence,
             "state": unit_code_candidates.first}
            for key, (by, confidence) in found.items()
        ]  # fmt: skip
        if not rows:
            return 0
        return (await db.execute(insert(unit_code_candidate).values(rows).on_conflict_do_nothing())).rowcount


async def candidates(office: Office, region: str, state: str = "proposed") -> list[CandidateView]:
    """The candidates of a region in one state, the surest first."""
    wanted = (
        select(unit_code_candidate, *(column.label(f"e_{column.name}") for column in earlier_payment.c))
        .join(earlier_payment, earlier_payment.c.id == unit_code_candidate.c.earlier_id)
        .where(earlier_payment.c.region == region, unit_code_candidate.c.state == state)
        .order_by(unit_code_candidate.c.confidence.desc(), unit_code_candidate.c.id)
        .limit(LISTED_MAX)
    )
    async with office.database.connect() as db:
        rows = (await db.execute(wanted)).all()
    return [
        CandidateView(
            row.id,
            EarlierView(row.e_id, row.e_item, row.e_amount_fen, row.e_paid_on, row.e_certificate_number,
                        row.e_unit_code),
            row.e_address,
            row.unit_code,
            row.found_by,
            row.confidence,
            row.state,
        )
        for row in rows
    ]  # fmt: skip


async def decide_candidate(
    office: Office, region: str, candidate_id: UUID, *, accept: bool, reason: str, actor: Actor
) -> None:
    """A person's yes or no, recorded with the reason. Yes fills the code in and ends the other candidates."""
    async with office.database.begin() as db:
        wanted = (
            select(unit_code_candidate)
            .join(earlier_payment, earlier_payment.c.id == unit_code_candidate.c.earlier_id)
            .where(unit_code_candidate.c.id == candidate_id, earlier_payment.c.region == region)
            .with_for_update()
        )
        row = (await db.execute(wanted)).one_or_none()
        if row is None:
            raise NotFound(f"there is no candidate {candidate_id}")
        event = "accept" if accept else "reject"
        await unit_code_candidates.advance(
            db, row.id, row.state, event, role=actor.role, actor=actor.name, reason=reason
        )
        if accept:
            mine = update(earlier_payment).where(earlier_payment.c.id == row.earlier_id)
            await db.execute(mine.values(unit_code=row.unit_code))
            others = (unit_code_candidate.c.earlier_id == row.earlier_id) & (unit_code_candidate.c.state == "proposed")
            lost = (await db.scalars(select(unit_code_candidate.c.id).where(others))).all()
            await unit_code_candidates.advance(db, lost, "proposed", "lose")


async def earlier_of_unit(office: Office, region: str, unit_code: str) -> list[EarlierView]:
    """The earlier payments of a property, the newest first."""
    same = (earlier_payment.c.region == region) & (earlier_payment.c.unit_code == unit_code)
    async with office.database.connect() as db:
        rows = await db.execute(select(earlier_payment).where(same).order_by(earlier_payment.c.paid_on.desc()))
        return [
            EarlierView(row.id, row.item, row.amount_fen, row.paid_on, row.certificate_number, row.unit_code)
            for row in rows
        ]


def plain_address(address: str) -> str:
    """An address as it is compared: one width, no blanks, one word for a building."""
    text = re.sub(r"[\s,，、.。-]", "", unicodedata.normalize("NFKC", address))
    return re.sub(r"[栋座]", "幢", text).removesuffix("室").removesuffix("户")


def address_confidence(one: str, other: str) -> int:
    """How sure two addresses are the same, in percent; 0 where they are not, or their numbers differ."""
    ours, theirs = plain_address(one), plain_address(other)
    if ours == theirs:
        return _SAME_ADDRESS
    if re.findall(r"\d+", ours) != re.findall(r"\d+", theirs):
        return 0
    alike = SequenceMatcher(None, ours, theirs, autojunk=False).ratio()
    return int(alike * _LIKE) if alike >= _LEAST else 0


_Known = tuple[dict[str, str], dict[str, str], list[tuple[str, str]]]


async def _known(db: AsyncConnection, region: str) -> _Known:
    """Unit codes by certificate and by title number, and addresses with theirs."""
    of_bills = await db.execute(
        select(voucher.c.certificate_number, bill.c.unit_code)
        .join(bill, bill.c.id == voucher.c.bill_id)
        .where(bill.c.region == region, voucher.c.certificate_number.is_not(None))
    )
    titled = select(registration.c.title_number, registration.c.address, bill.c.unit_code).join(
        bill, bill.c.id == registration.c.bill_id
    )
    earlier = select(earlier_payment.c.title_number, earlier_payment.c.address, earlier_payment.c.unit_code)
    rows = (
        await db.execute(
            union_all(
                titled.where(bill.c.region == region),
                earlier.where(earlier_payment.c.region == region, earlier_payment.c.unit_code.is_not(None)),
            )
        )
    ).all()
    return (
        {row.certificate_number: row.unit_code for row in of_bills},
        {row.title_number: row.unit_code for row in rows if row.title_number},
        [(row.address, row.unit_code) for row in rows if row.address],
    )


def _of(
    one: Row[Any], certificates: dict[str, str], titles: dict[str, str], addresses: list[tuple[str, str]]
) -> Sequence[tuple[str, str, int]]:
    found = []
    if one.certificate_number in certificates:
        found.append((certificates[one.certificate_number], "certificate", _SURE["certificate"]))
    if one.title_number in titles:
        found.append((titles[one.title_number], "title", _SURE["title"]))
    if one.address:
        alike = ((code, "address", address_confidence(one.address, address)) for address, code in addresses)
        found += [each for each in alike if each[2]]
    return found
