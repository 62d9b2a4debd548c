"""The one payment code of a bill: issued on confirmation, opened by its token, a share shown to who it belongs to."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import Conflict, HeyiError, NotFound
from foundation.identifiers import new_id
from settlement.bills.tables import party, share
from settlement.office import Office
from settlement.payments.tables import payment_code, payment_codes
from settlement.regions import Region

TRIES_MAX = 5

PAYABLE = ("live", "paying")
"""States of a code with which a payment can be started."""


class WrongTail(HeyiError):
    """The last four characters belong to no party of this bill."""

    code = "wrong_tail"


class CodeLocked(Conflict):
    """Too many wrong tries; only the window can open the code again."""

    code = "code_locked"


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """A code as the pages need it. `address` is what the QR holds."""

    id: UUID
    bill_id: UUID
    token: str
    state: str
    issued_at: datetime
    expires_at: datetime
    tries_left: int
    address: str
    opened_at: datetime | None = None


async def issue(db: AsyncConnection, region: Region, bill_id: UUID) -> UUID:
    """Issues the code of a bill. The token cannot be guessed (144 bits) and says nothing about the bill."""
    code_id = new_id()
    await db.execute(
        insert(payment_code).values(
            id=code_id,
            bill_id=bill_id,
            token=secrets.token_urlsafe(18),
            state=payment_codes.first,
            issued_at=clock.now(),
            expires_at=clock.now() + timedelta(minutes=region.code_valid_minutes),
            tries=0,
        )
    )
    await payment_codes.advance(db, code_id, payment_codes.first, "show")
    return code_id


_SHOWN = [column for column in payment_code.c if column.name != "ended_at"]


async def code_of_bill(office: Office, db: AsyncConnection, bill_id: UUID) -> PaymentCode | None:
    """The newest code of a bill, or None before it is confirmed."""
    rows = await db.execute(
        select(*_SHOWN).where(payment_code.c.bill_id == bill_id).order_by(payment_code.c.issued_at.desc()).limit(1)
    )
    row = rows.one_or_none()
    return code_of(office, *row) if row else None


async def code_by_token(office: Office, db: AsyncConnection, token: str) -> PaymentCode:
    """The code that a citizen scanned, or NotFound in words for a citizen."""
    row = (await db.execute(select(*_SHOWN).where(payment_code.c.token == token))).one_or_none()
    if row is None:
        raise unknown_token()
    return code_of(office, *row)


async def open_share(office: Office, token: str, tail: str) -> str:
    """The side whose identity number ends with the four characters given.

    A wrong answer costs one of TRIES_MAX tries, which count for the code and not for the person: after them only the
    window can help. A party who pays nothing may look as well.
    """
    async with office.database.begin() as db:
        row = (await db.execute(select(*_SHOWN).where(payment_code.c.token == token).with_for_update())).one_or_none()
        if row is None:
            raise unknown_token()
        if row.tries >= TRIES_MAX:
            raise CodeLocked("输错次数过多，请到登记窗口办理。Too many wrong tries; please go to the window.")
        payer = await _payer_with_tail(office, db, row.bill_id, tail)
        tries = 0 if payer else row.tries + 1
        opened = row.opened_at or (clock.now() if payer else None)
        this = update(payment_code).where(payment_code.c.id == row.id)
        await db.execute(this.values(tries=tries, opened_at=opened))
    if payer is None:
        left = TRIES_MAX - tries
        raise WrongTail(
            f"与本单当事人的证件号码后四位不符，还可以试 {left} 次。"
            f"These are not the last four characters of a party of this bill; {left} tries left.",
            tries_left=left,
        )
    return payer


async def unlock(office: Office, bill_id: UUID) -> None:
    """The window saw the person and their document: the tries start again."""
    async with office.database.begin() as db:
        await db.execute(update(payment_code).where(payment_code.c.bill_id == bill_id).values(tries=0))


async def _payer_with_tail(office: Office, db: AsyncConnection, bill_id: UUID, tail: str) -> str | None:
    parties = (await db.execute(select(party).where(party.c.bill_id == bill_id))).all()
    payers = set(await db.scalars(select(share.c.payer).where(share.c.bill_id == bill_id)))
    wanted = tail.strip().upper()
    sides = {
        one.side
        for one in parties
        if secrets.compare_digest(
            office.seal.open(one.identity_sealed, "party.identity")[-4:].encode(), wanted.encode()
        )
    }
    # Where both sides match, or the one who asks pays nothing, the one who has something to pay goes first.
    return next(iter(sorted(sides & payers) or sorted(sides)), None) if sides else None


def code_of(
    office: Office, code_id: UUID, bill_id: UUID, token: str, state: str, issued_at: datetime, expires_at: datetime,
    tries: int, opened_at: datetime | None,
) -> PaymentCode:  # fmt: skip
    """A code from its row."""
    return PaymentCode(
        code_id, bill_id, token, state, issued_at, expires_at, max(TRIES_MAX - tries, 0),
        f"{office.public_url.rstrip('/')}/p/{token}", opened_at,
    )  # fmt: skip


def unknown_token() -> NotFound:
    """What a citizen is told of a token that leads nowhere."""
    return NotFound("没有这个缴款码，请核对或到窗口咨询。There is no such payment code; please ask at the window.")
