"""The whole way of a verified notification through the group commit: inbox, bill, ledger, follow-ups, one transaction.

Everything is what the application runs; only the bills were laid out by SQL and the notifications are not signed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date

import asyncpg

from benchmarks.many_bills import AMOUNT_FEN, OpenOrder, lay_out
from benchmarks.office import bench_office
from foundation import clock
from foundation.database import transaction
from ledger import open_accounts
from settlement import postings
from settlement.payments.inbox import Inbox
from settlement.payments.letters import Letter
from settlement.payments.outcomes import Outcome
from settlement.ports.channel import Answer, Proof

_RAW = b"accNo=&currencyCode=156&merId=898341502000001&orderId=34150226031700001&respCode=00&signature=" + b"x" * 344


@asynccontextmanager
async def opened(url: str, owner: asyncpg.Connection, bills: int) -> AsyncIterator[Callable[[], Awaitable[Outcome]]]:
    """What hands in one notification for a fresh open order, through group commit."""
    office = bench_office(url)
    region = next(iter(office.regions.values()))
    waiting = await lay_out(owner, region, bills)
    async with transaction(office.database) as db:
        await open_accounts(db, postings.accounts(region, []))
    today = clock.today()
    letters = [_letter(region.region, region.channel.merchant, order, today) for order in waiting]
    async with Inbox(office) as inbox:
        yield lambda: inbox.file(letters.pop())
    await office.database.dispose()


def _letter(region: str, merchant: str, order: OpenOrder, day: date) -> Letter:
    proof = Proof(
        "acp", merchant, order.order_id, order.started_at, Answer.paid, AMOUNT_FEN, order.query_id, "000001", day
    )
    return Letter(region, "acp", _RAW, "127.0.0.1", proof)
