"""What the job queue put off comes when the rehearsal's time has gone on, and not when real time has."""

import asyncio
from datetime import timedelta

from pgqueuer import AsyncpgDriver, PgQueuer, RetryRequested
from pgqueuer.models import Job

from api.cli.rehearse.follow_ups import FollowUps
from api.jobs import connect, work
from foundation.database import engine, enqueue


async def test_what_was_put_off_comes_with_the_simulated_time(own_database_url: str) -> None:
    database, connection = engine(own_database_url), await connect(own_database_url)
    queue = PgQueuer(AsyncpgDriver(connection))
    tries: list[int] = []

    @queue.entrypoint("look")
    async def look(job: Job) -> None:
        tries.append(job.attempts)
        if len(tries) < 2:
            raise RetryRequested(timedelta(minutes=10), "not there yet")

    working = asyncio.create_task(work(queue))
    follow_ups = FollowUps(database, queue)
    try:
        async with database.begin() as db:
            await enqueue(db, "look", ["1"])
        await asyncio.wait_for(follow_ups.rest(), 60)
        assert tries == [0]
        await follow_ups.go_on(timedelta(minutes=9))
        await asyncio.wait_for(follow_ups.rest(), 60)
        assert tries == [0]
        await follow_ups.go_on(timedelta(minutes=1))
        await asyncio.wait_for(follow_ups.rest(), 60)
        assert tries == [0, 1]
    finally:
        queue.shutdown.set()
        await working
        await connection.close()
        await database.dispose()
