"""Double verification (核验): a certificate's number and kind looked up at the tax office and held against the case.

What is linked is checked by the program, what is not by a person who types number and kind. What is missing or
different stops the registration and opens a case; two people who close that case let the registration go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import NotFound
from foundation.identifiers import new_id
from foundation.money import yuan
from foundation.sealing import masked_identity
from settlement.bills.tables import bill, party, voucher
from settlement.cases import UNSETTLED, office_case, open_case, vanish
from settlement.office import SYSTEM, Actor, Office
from settlement.ports.tax_papers import CertificateFacts
from settlement.receipts.tables import paper_check

_CASE_KIND = "C-certificate"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which our case and the tax office's answer are not the same; identities are masked."""

    field: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """One look at a certificate: 'fits', 'differs', 'void' or 'unknown'; `stops` while it holds the registration."""

    id: UUID
    kind: str
    number: str
    outcome: str
    differences: tuple[Difference, ...]
    checked_by: str
    checked_at: datetime
    stops: bool


async def check_linked(office: Office, bill_id: UUID) -> list[CheckView]:
    """Checks every certificate of the bill that does not fit yet, by the program. Answers how each stands."""
    async with office.database.connect() as db:
        fits = {one.number for one in await checks_of(db, bill_id) if one.outcome == "fits"}
        numbers = await db.execute(
            select(voucher.c.certificate_number, voucher.c.certificate_kind).where(
                voucher.c.bill_id == bill_id, voucher.c.certificate_number.is_not(None)
            )
        )
        wanted = [(row.certificate_number, row.certificate_kind) for row in numbers]
    for number, kind in sorted(set(wanted)):
        if number not in fits:
            await check_certificate(office, bill_id, number, kind, SYSTEM)
    async with office.database.connect() as db:
        return await checks_of(db, bill_id)


async def check_certificate(office: Office, bill_id: UUID, number: str, kind: str, actor: Actor) -> CheckView:
    """Looks one certificate up and holds it against the case. Unavailable where the tax office does not answer."""
    async with office.database.connect() as db:
        row = (await db.execute(select(bill).where(bill.c.id == bill_id))).one_or_none()
        if row is None:
            raise NotFound(f"there is no bill {bill_id}")
        ours = (await db.execute(select(voucher).where(voucher.c.bill_id == bill_id))).all()
        people = (await db.execute(select(party).where(party.c.bill_id == bill_id))).all()
    facts = await office.institutions[row.region].tax_papers.look_up(number, kind)
    identities = {office.seal.open(one.identity_sealed, "party.identity") for one in people}
    linked = next((one for one in ours if one.certificate_number == number), None)
    outcome, found = _held(office, row, identities, linked, facts)
    async with office.database.begin() as db:
        case_id = await _case(db, row, number, kind, outcome, found)
        made = {
            "id": new_id(),
            "region": row.region,
            "bill_id": bill_id,
            "kind": kind,
            "number": number,
            "outcome": outcome,
            "differences": [{"field": one.field, "ours": one.ours, "theirs": one.theirs} for one in found],
            "case_id": case_id,
            "checked_by": actor.name,
            "checked_at": clock.now(),
        }
        await db.execute(insert(paper_check).values(made))
        return next(one for one in await checks_of(db, bill_id) if one.number == number)


async def checks_of(db: AsyncConnection, bill_id: UUID) -> list[CheckView]:
    """The last check of each certificate of a bill."""
    rows = await db.execute(
        select(paper_check, office_case.c.state.label("case_state"))
        .ext(distinct_on(paper_check.c.number))
        .outerjoin(office_case, office_case.c.id == paper_check.c.case_id)
        .where(paper_check.c.bill_id == bill_id)
        .order_by(paper_check.c.number, paper_check.c.checked_at.desc(), paper_check.c.id.desc())
    )
    return [_view(row) for row in rows]


def _held(
    office: Office, row: Row[Any], identities: set[str], linked: Row[Any] | None, facts: CertificateFacts | None
) -> tuple[str, tuple[Difference, ...]]:
    """How the tax office's answer fits the case."""
    if facts is None:
        return "unknown", ()
    found = []
    if facts.unit_code != row.unit_code:
        found.append(Difference("unit_code", row.unit_code, facts.unit_code))
    if facts.taxpayer_id not in identities:
        ours = "、".join(sorted(masked_identity(one) for one in identities))
        found.append(Difference("taxpayer", ours, masked_identity(facts.taxpayer_id)))
    if linked is not None:
        if facts.item != linked.item:
            found.append(Difference("item", linked.item, facts.item))
        if facts.amount_fen != linked.amount_fen:
            found.append(Difference("amount", yuan(linked.amount_fen), yuan(facts.amount_fen)))
        taxpayer = office.seal.open(linked.taxpayer_sealed, "voucher.taxpayer")
        if facts.taxpayer_id in identities and facts.taxpayer_id != taxpayer:
            found.append(Difference("taxpayer", masked_identity(taxpayer), masked_identity(facts.taxpayer_id)))
    if not facts.valid:
        return "void", tuple(found)
    return ("differs" if found else "fits"), tuple(found)


async def _case(
    db: AsyncConnection, row: Row[Any], number: str, kind: str, outcome: str, found: Sequence[Difference]
) -> UUID | None:
    """Opens the case of a certificate that does not fit, or ends it where it does now."""
    fingerprint = f"{_CASE_KIND}:{row.id}:{number}"
    if outcome == "fits":
        waiting = await db.execute(
            select(office_case.c.id, office_case.c.state).where(
                office_case.c.fingerprint == fingerprint, office_case.c.state.in_(UNSETTLED)
            )
        )
        await vanish(db, [(one.id, one.state) for one in waiting], "完税证明现已相符。The certificate fits now.")
        return None
    said = {
        "unknown": ("税务查无此证", "the tax office knows no such certificate"),
        "void": ("该证明已作废", "the certificate was voided"),
        "differs": ("与税务登记的信息不一致", "the tax office's record is another"),
    }[outcome]
    which = "；".join(f"{one.field}：{one.ours} ≠ {one.theirs}" for one in found)
    return await open_case(
        db,
        region=row.region,
        kind=_CASE_KIND,
        fingerprint=fingerprint,
        amount_fen=0,
        bill_id=row.id,
        business_day=clock.today(),
        reason=f"{kind} {number} {said[0]}{f'（{which}）' if which else ''}，登记已暂停。请与税务核实后重新核验。"
        f"{said[1].capitalize()}: the registration stops. Clear it up with the tax office, then check again.",
        facts={"number": number, "kind": kind, "outcome": outcome, "case_number": row.case_number},
    )


def _view(row: Row[Any]) -> CheckView:
    overruled = row.case_state == "closed"  # by two people
    return CheckView(
        row.id,
        row.kind,
        row.number,
        row.outcome,
        tuple(Difference(**one) for one in row.differences),
        row.checked_by,
        row.checked_at,
        row.outcome != "fits" and not overruled,
    )
