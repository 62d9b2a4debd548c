"""Sends a payer the link of their payment code: for who is not at the window, or has lost the slip."""

from uuid import UUID

from sqlalchemy import select

from foundation import clock
from foundation.money import yuan
from settlement.bills.tables import bill, share
from settlement.messages.outbox import write_text
from settlement.messages.papers_ready import NothingToSend
from settlement.messages.tables import contact
from settlement.office import Office
from settlement.payments.codes import PAYABLE, PaymentCode, code_of_bill
from settlement.regions import Region

KIND = "code"


async def write_code_link(office: Office, bill_id: UUID, side: str) -> UUID:
    """Writes a side the text with the code. NothingToSend: no number, nothing due from them, or no code to pay by."""
    async with office.database.begin() as db:
        row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one()
        region = office.region(row.region)
        of_side = (contact.c.bill_id == bill_id) & (contact.c.side == side)
        to = (await db.execute(select(contact).where(of_side))).one_or_none()
        due = list(
            await db.scalars(
                select(share.c.amount_fen).where(
                    share.c.bill_id == bill_id, share.c.payer == side, share.c.state == "due"
                )
            )
        )
        code = await code_of_bill(office, db, bill_id)
        if office.institutions[row.region].messenger is None or to is None or not due or code is None:
            raise NothingToSend(
                "该方未留手机号、没有待缴税费，或本地区没有开通短信。请先登记手机号，或打印缴款单交给当事人。"
                "This side left no number, owes nothing, or the region sends no texts; keep one, or print the slip."
            )
        if code.state not in PAYABLE or clock.now() >= code.expires_at:
            raise NothingToSend(
                "缴款码已不能支付，请先重新生成缴款码，再发送短信。"
                "The code can no longer be paid; issue another one first, then send it."
            )
        return await write_text(db, row.region, to, KIND, text_of(region, row.number, sum(due), code))


def text_of(region: Region, number: str, due_fen: int, code: PaymentCode) -> str:
    """The text, Chinese first; it names neither person nor property."""
    return (
        f"【{region.authority.zh}】缴款单 {number[-7:]} 待缴 {yuan(due_fen)} 元，"
        f"有效期至 {clock.local(code.expires_at):%Y-%m-%d %H:%M}。"
        f"请打开 {code.address} ，输入证件号码后四位核对后缴款。不是您的业务请勿支付。咨询 {region.window_phone}。"
        f"Taxes and fees to pay: open the link."
    )
