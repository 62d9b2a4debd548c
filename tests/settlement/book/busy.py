"""Busy months laid out by SQL: lines that moved on many days, and cases that came and went."""

from datetime import date, datetime, timedelta

import asyncpg

from api.wiring import EXAMPLE_REGIONS
from benchmarks.many_bills import lay_out
from foundation import clock
from settlement.regions import Region, load_region

REGION = "341502"
_ELSEWHERE = {"HEYI_OUTSIDE": "http://127.0.0.1:1", "HEYI_KEYS": "/nowhere", "HEYI_OUTSIDE_SOCKET": "127.0.0.1:1"}


def the_example() -> Region:
    """The example region, without anything behind its addresses."""
    return load_region(EXAMPLE_REGIONS / f"{REGION}.yaml", _ELSEWHERE)


async def busy_months(url: str, last: date, lines: int = 150, cases: int = 40) -> None:
    """Bills paid on many of the eighty days up to `last` and arrived some days later, and cases from these days."""
    owner = await asyncpg.connect(url.replace("+asyncpg", ""))
    await lay_out(owner, the_example(), lines)
    await owner.execute("SET session_replication_role = replica")  # amounts of a line alone: a sum is none of ours here
    await owner.execute(_PAID, last)
    at = clock.in_china(datetime.combine(last, datetime.min.time()).replace(hour=9))
    for n in range(cases):
        opened = at - timedelta(days=(n * 11) % 75)
        ended = opened + timedelta(days=(n * 5) % 40)
        state = "open" if n % 4 == 0 or ended > at else "vanished"
        case_id = await owner.fetchval(_CASE, REGION, f"busy-{n}", state, 1000 * (n + 1), opened)
        if state == "vanished":
            await owner.execute(_VANISHED, case_id, ended)
    await owner.close()


_PAID = """
    WITH paid AS (
        UPDATE channel_order SET state = 'paid', query_id = n, proved_by = 'file',
            clearing_day = $1::date - (n * n * 7 / 3) % 80,
            channel = CASE WHEN n % 3 = 0 THEN 'ums' ELSE 'acp' END
        FROM (SELECT id AS of, row_number() OVER (ORDER BY order_id)::int AS n FROM channel_order) one
        WHERE one.of = channel_order.id RETURNING share_id, n, clearing_day
    ),
    named AS (
        UPDATE line SET item = (ARRAY['deed_tax', 'land_premium', 'deed_tax', 'stamp_tax', 'vat'])[1 + n % 5]
        FROM allocation_line JOIN paid USING (share_id)
        WHERE line.id = line_id AND leg = 'tax' RETURNING line.id
    )
    UPDATE allocation_line SET account = region || ':due:1205010000:' || leg, state = 'arrived',
        amount_fen = amount_fen * (1 + n % 4) / (1 + n % 3),
        arrived_on = CASE WHEN n % 9 = 0 THEN NULL ELSE clearing_day + CASE leg WHEN 'tax' THEN n % 4 ELSE n % 2 END END
    FROM paid WHERE paid.share_id = allocation_line.share_id
"""
_CASE = """
    INSERT INTO office_case (id, region, kind, fingerprint, state, reason, facts, amount_fen, seen, business_day,
        opened_at, last_seen_at, due_on)
    VALUES (uuidv7(), $1, 'P-5', $2, $3, '', '{}', $4, 1, ($5::timestamptz)::date, $5, $5, ($5::timestamptz)::date + 7)
    RETURNING id
"""
_VANISHED = """
    INSERT INTO transition (machine, subject, event, came_from, went_to, actor, at)
    VALUES ('case', $1, 'vanish', 'open', 'vanished', 'heyi', $2)
"""
