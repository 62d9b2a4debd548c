"""Where a party can be reached: a telephone number, sealed, and shown with its first three and last four digits."""

import re
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput
from settlement.bills.tables import party
from settlement.messages.tables import contact
from settlement.office import Actor, Office

CONTEXT = "contact.phone"
_PHONE = re.compile(r"1[3-9]\d{9}|\+\d{6,15}")


def checked_phone(text: str, field: str = "phone") -> str:
    """A mobile number of the mainland, or any with + and its country code (Hong Kong, Macau, abroad)."""
    plain = re.sub(r"[\s-]", "", text)
    if not _PHONE.fullmatch(plain):
        raise BadInput(field, masked_phone(plain), "11 digits of a mobile number, or + with country code and number")
    return plain


def masked_phone(phone: str) -> str:
    """138****1234: three digits before, four behind."""
    return phone[:3] + "*" * max(len(phone) - 7, 0) + phone[-4:] if len(phone) > 7 else "*" * len(phone)


async def give_contact(office: Office, bill_id: UUID, side: str, phone: str, actor: Actor) -> None:
    """Keeps where one side of a bill is reached; a new number replaces the old one."""
    async with office.database.begin() as db:
        sides = set(await db.scalars(select(party.c.side).where(party.c.bill_id == bill_id)))
        if side not in sides:
            raise BadInput("side", side, " or ".join(sorted(sides)))
        await keep_contact(office, db, bill_id, side, checked_phone(phone), actor.name)


async def keep_contact(
    office: Office, db: AsyncConnection, bill_id: UUID, side: str, phone: str, given_by: str
) -> None:
    """Writes a checked number inside the caller's transaction."""
    new = {"phone_sealed": office.seal.close(phone, CONTEXT), "given_by": given_by, "given_at": clock.now()}
    written = insert(contact).values(bill_id=bill_id, side=side, **new)
    await db.execute(written.on_conflict_do_update(index_elements=["bill_id", "side"], set_=new))


async def contacts_of(office: Office, bill_id: UUID) -> dict[str, str]:
    """The masked numbers of a bill's sides."""
    async with office.database.connect() as db:
        rows = (await db.execute(select(contact).where(contact.c.bill_id == bill_id))).all()
    return {row.side: masked_phone(office.seal.open(row.phone_sealed, CONTEXT)) for row in rows}
