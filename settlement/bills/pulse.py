"""Whether anything of a bill moved, for those who watch it: one small question, asked often."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_PULSE = text("""
    SELECT md5(concat_ws(' ', bill.state, bill.cleared_at,
        (SELECT string_agg(concat_ws('.', state, tries, opened_at), ' ' ORDER BY id)
            FROM payment_code WHERE bill_id = bill.id),
        (SELECT string_agg(state, ' ' ORDER BY id) FROM share WHERE bill_id = bill.id),
        (SELECT string_agg(state, ' ' ORDER BY id) FROM channel_order WHERE bill_id = bill.id),
        (SELECT string_agg(state, ' ' ORDER BY id) FROM allocation_line WHERE bill_id = bill.id),
        (SELECT string_agg(certificate_number, ' ' ORDER BY id) FROM voucher WHERE bill_id = bill.id),
        (SELECT string_agg(receipt_number, ' ' ORDER BY id) FROM pay_code WHERE bill_id = bill.id)))
    FROM bill WHERE id = :bill_id
""")


async def pulse(db: AsyncConnection, bill_id: UUID) -> str:
    """A short text that is another one as soon as anything of the bill moved; it says nothing about it."""
    return str((await db.execute(_PULSE, {"bill_id": bill_id})).scalar_one())
