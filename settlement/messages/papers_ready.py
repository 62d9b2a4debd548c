"""Tells a payer that their certificates and receipts are there, by a text with the link of their own page."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import Conflict
from settlement.bills.tables import bill
from settlement.messages.outbox import write_text
from settlement.messages.tables import contact, text_message
from settlement.office import Office
from settlement.payments.codes import code_of_bill
from settlement.receipts.fetching import papers_are_missing
from settlement.receipts.tables import paper
from settlement.regions import Region

KIND = "papers"
_ARRIVED = ("settled", "cleared")


class NothingToSend(Conflict):
    """There is nobody to tell, or nothing to tell them yet."""

    code = "nothing_to_send"


async def write_papers_ready(office: Office, bill_id: UUID) -> int:
    """Writes the texts of a bill whose papers have all come, one a side that left a number, once. Returns how many."""
    return len(await _written(office, bill_id, None))


async def write_again(office: Office, bill_id: UUID, side: str) -> None:
    """Writes the text of a side once more, since the payer asks for it. NothingToSend where there is none to write."""
    if not await _written(office, bill_id, side):
        raise NothingToSend(
            "该方未留手机号，或凭证尚未全部取得，暂不能发送短信。"
            "There is no telephone number of this side, or its papers have not all come yet."
        )


async def _written(office: Office, bill_id: UUID, again: str | None) -> Sequence[str]:
    async with office.database.begin() as db:
        row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one()
        region = office.region(row.region)
        code = await code_of_bill(office, db, bill_id)
        if office.institutions[row.region].messenger is None or code is None or row.state not in _ARRIVED:
            return ()
        if await papers_are_missing(db, bill_id):
            return ()
        sides = await db.execute(
            select(contact).where(
                contact.c.bill_id == bill_id,
                contact.c.side.in_(select(paper.c.payer).where(paper.c.bill_id == bill_id)),
            )
        )
        ids = []
        for one in sides.all():
            if again in (None, one.side) and (again or not await _told(db, bill_id, one.side)):
                body = text_of(region, row.number, code.address)
                ids.append(str(await write_text(db, row.region, one, KIND, body)))
    return ids


async def _told(db: AsyncConnection, bill_id: UUID, side: str) -> bool:
    same = (text_message.c.bill_id == bill_id) & (text_message.c.side == side) & (text_message.c.kind == KIND)
    return await db.scalar(select(text_message.c.id).where(same).limit(1)) is not None


def text_of(region: Region, number: str, address: str) -> str:
    """The text, Chinese first; it names neither person nor property."""
    return (
        f"【{region.authority.zh}】缴款单 {number[-7:]} 的完税证明、财政电子票据已开具。"
        f"请打开 {address} ，输入证件号码后四位即可查看、下载。咨询 {region.window_phone}。"
        f"Your tax certificates and receipts are ready at the link."
    )
