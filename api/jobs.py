"""The work that nobody waits for, on the job queue in PostgreSQL: follow-ups, queries, expiry.

A follow-up was queued in the commit that caused it. It may run twice and looks at the state of things first; what is
not through yet is tried again later, each time a little later.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg
import structlog
from pgqueuer import AsyncpgDriver, PgQueuer, RetryRequested
from pgqueuer.models import Job, Schedule
from sqlalchemy.engine import make_url

from api.certificates import open_cases_of_ending_certificates, renew_encryption_certificates
from api.closing import close_what_is_due, match_running_days
from api.sweeps import SWEEPS
from api.wiring import House
from foundation import clock
from foundation.database import APPLICATION_ROLE, enqueue
from foundation.errors import HeyiError
from reconciliation.nightly import look_by_night
from settlement.allocation.following import follow_bill
from settlement.allocation.voiding import void_pay_codes
from settlement.batches.taking_in import work_through
from settlement.clearance import tell_registry
from settlement.clearance.registering import report_registration
from settlement.follow_ups import ALLOCATE, BATCH, CLEAR, COUNTER, MESSAGE, PAPERS, REFUND, REPORT, VOID
from settlement.messages.papers_ready import write_papers_ready
from settlement.messages.sending import send_message
from settlement.office import Office
from settlement.payments.cards import follow_sale
from settlement.receipts.fetching import fetch_papers, queue_missing_papers
from settlement.refunds.sending import pursue_refund

_LOOK_EVERY = timedelta(seconds=0.5)
_BATCH = 10
_AT_ONCE = 64
"""Follow-ups side by side. Most wait for an institution and hold no connection meanwhile; without a bound, a wave of
them would keep the pages from the database."""
_FIRST_DELAY = timedelta(seconds=0.5)
_LONGEST_DELAY = timedelta(minutes=30)
_LOOKS_OF_A_JOB = 20
_LONG_FOR_A_JOB = timedelta(seconds=1)

log = structlog.get_logger()


async def connect(database_url: str) -> asyncpg.Connection:
    """A connection of the job queue's own, as the application's role."""
    url = make_url(database_url)
    connection = await asyncpg.connect(
        host=url.query.get("host", url.host),
        port=int(str(url.query.get("port", url.port or 5432))),
        user=url.username,
        password=url.password,
        database=url.database,
    )
    await connection.execute(f"SET ROLE {APPLICATION_ROLE}")
    return connection


def job_queue(connection: asyncpg.Connection, house: House, *, scheduled: bool = True) -> PgQueuer:
    """The queue with all its entry points; run it with `work`. `scheduled=False` leaves out what the clock brings."""
    queue = PgQueuer(AsyncpgDriver(connection))
    office = house.office

    @queue.entrypoint(ALLOCATE)
    async def allocate(job: Job) -> None:
        async with _patience(job):
            if not await _follow(office, _keys(job)):
                raise _NotThrough("not all lines have arrived")

    @queue.entrypoint(VOID)
    async def void(job: Job) -> None:
        async with _patience(job):
            await void_pay_codes(office, _key(job))

    @queue.entrypoint(CLEAR)
    async def clear(job: Job) -> None:
        async with _patience(job):
            told = await tell_registry(office, _key(job))
        if told.again_in is not None:
            raise RetryRequested(told.again_in, "the registry has not taken it, or may not be told yet")

    @queue.entrypoint(COUNTER)
    async def follow_counter(job: Job) -> None:
        async with _patience(job):
            again_in = await _follow_a_while(office, _key(job))
        if again_in is not None:
            raise RetryRequested(again_in, "the sale is not decided")

    @queue.entrypoint(PAPERS)
    async def papers(job: Job) -> None:
        async with _patience(job):
            await fetch_papers(office, _key(job))
            await write_papers_ready(office, _key(job))

    @queue.entrypoint(MESSAGE)
    async def message(job: Job) -> None:
        async with _patience(job):
            if not await send_message(office, _key(job)):
                raise _NotThrough("the text has not reached its telephone")

    @queue.entrypoint(REPORT)
    async def report(job: Job) -> None:
        async with _patience(job):
            await report_registration(office, _key(job))

    @queue.entrypoint(BATCH)
    async def work_list(job: Job) -> None:
        async with _patience(job):
            await work_through(office, _key(job))

    @queue.entrypoint(REFUND)
    async def give_back(job: Job) -> None:
        async with _patience(job):
            if not await pursue_refund(office, _key(job)):
                raise _NotThrough("the channel has not given everything back")

    if scheduled:
        _work_by_clock(queue, house)
        _reconcile_by_clock(queue, house)
    return queue


def _work_by_clock(queue: PgQueuer, house: House) -> None:
    """The sweeps, and the certificates in the morning."""
    for name, sweep in SWEEPS.items():
        _repeat(queue, name, sweep.cron, partial(sweep.act, house.office))

    @queue.schedule("watch_certificates", "0 8 * * *")
    async def watch_certificates(_schedule: Schedule) -> None:
        await renew_encryption_certificates(house.office)
        await open_cases_of_ending_certificates(house.office)


def _repeat(queue: PgQueuer, name: str, cron: str, act: Callable[[], Awaitable[object]]) -> None:
    @queue.schedule(name, cron)
    async def look(_schedule: Schedule) -> None:
        await act()


def _reconcile_by_clock(queue: PgQueuer, house: House) -> None:
    """What reconciliation does by itself: in the mornings, and by night."""
    office = house.office

    @queue.schedule("look_by_night", "20 3 * * *")
    async def by_night(_schedule: Schedule) -> None:
        await look_by_night(office, clock.now() - timedelta(days=2))

    @queue.schedule("close_days", "* * * * *")
    async def close_days(_schedule: Schedule) -> None:
        await _in_each_region(house, close_what_is_due)

    @queue.schedule("match_running_days", "* * * * *")
    async def match_running(_schedule: Schedule) -> None:
        await _in_each_region(house, match_running_days)


async def _in_each_region(house: House, act: Callable[[House, str], Awaitable[object]]) -> None:
    """One region's institution must not keep the others waiting."""
    for region in house.sources:
        try:
            await act(house, region)
        except HeyiError as error:
            log.warning("a day could not be reconciled", region=region, act=act.__name__, error=error.detail)


async def work(queue: PgQueuer) -> None:
    """Works until the shutdown of the queue is set. New jobs wake it at once; deferred ones wait half a second."""
    await queue.run(dequeue_timeout=_LOOK_EVERY, batch_size=_BATCH, max_concurrent_tasks=_AT_ONCE)


async def _follow(office: Office, bill_ids: list[str]) -> bool:
    """One step for a bill, True when it is through. Of several that one commit paid, each gets a job of its own."""
    if len(bill_ids) > 1:
        async with office.database.begin() as db:
            await enqueue(db, ALLOCATE, bill_ids)
        return True
    (bill_id,) = map(UUID, bill_ids)
    through = await follow_bill(office, bill_id)
    await queue_missing_papers(office, bill_id)
    return through


async def _follow_a_while(office: Office, order_id: UUID) -> timedelta | None:
    """Looks at a sale again and again; when to go on from the queue, which outlives this process, or None."""
    again_in = await follow_sale(office, order_id)
    for _ in range(_LOOKS_OF_A_JOB):
        if again_in is None or again_in > _LONG_FOR_A_JOB:
            break
        await asyncio.sleep(again_in.total_seconds())
        again_in = await follow_sale(office, order_id)
    return again_in


def _keys(job: Job) -> list[str]:
    assert job.payload is not None
    return job.payload.decode().split()


def _key(job: Job) -> UUID:
    (key,) = _keys(job)
    return UUID(key)


class _NotThrough(HeyiError):
    """Nothing is wrong; it is only not there yet."""


@asynccontextmanager
async def _patience(job: Job) -> AsyncIterator[None]:
    """What fails is tried again after half a second, then twice as long each time, at most half an hour, for ever."""
    delay = min(_FIRST_DELAY * 2 ** min(job.attempts, 12), _LONGEST_DELAY)
    try:
        yield
    except HeyiError as error:
        log.info("follow-up again", entrypoint=job.entrypoint, reason=error.detail, seconds=delay.total_seconds())
        raise RetryRequested(delay, error.detail) from error
    except Exception as error:
        log.exception("follow-up failed", entrypoint=job.entrypoint)
        raise RetryRequested(delay, repr(error)) from error
