"""Many confirmed bills with an open order each, laid out by SQL, for benchmarks of what happens when they are paid.

Each is a home: deed tax of 15,000 yuan and a registration fee of 80, one payer, one code.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from foundation import clock
from settlement.regions import Region

AMOUNT_FEN = 1_508_000

_IDS = ("bill", "tax_line", "fee_line", "share", "code", "voucher", "pay_code", "channel_order")
_MADE = f"""
    INSERT INTO made SELECT n, $1, $2, $3, {", ".join(["uuidv7()"] * len(_IDS))}
    FROM generate_series($4::int, $5::int) AS n
"""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """What a notification has to name."""

    order_id: str
    started_at: datetime
    query_id: str


async def lay_out(owner: asyncpg.Connection, region: Region, count: int) -> list[OpenOrder]:
    """Adds `count` bills to those that are there; their open orders. `owner` owns the schema."""
    now = (clock.instant() - timedelta(minutes=1)).replace(microsecond=0)
    first = await owner.fetchval("SELECT count(*) FROM bill") + 1
    columns = ", ".join(f"{name} uuid" for name in _IDS)
    async with owner.transaction():
        await owner.execute(
            f"CREATE TEMP TABLE made (n int, region text, merchant text, at timestamptz, {columns}) ON COMMIT DROP"
        )
        await owner.execute(_MADE, region.region, region.channel.merchant, now, first, first + count - 1)
        await owner.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    await owner.execute("ANALYZE")
    return [OpenOrder(f"{n:019d}A01", now, f"{n:021d}") for n in range(first, first + count)]
