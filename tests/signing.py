"""A day signed as a city signs it: one person prepares, another approves."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from reconciliation.ports import TransitBook
from reconciliation.report import Signature
from reconciliation.signing import prepare_day, sign_day


async def signed_by_two(db: AsyncConnection, region: str, day: date, book: TransitBook) -> Signature:
    """Both names under a day, with its differences named."""
    await prepare_day(db, region, day, book, actor="wang", remark="差错均已立单")
    return await sign_day(db, region, day, book, actor="li")
