import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from foundation.errors import BadInput, Unavailable
from foundation.group_commit import Busy, CommitUnknown, GroupCommit


class Desk:
    """Writes numbers; refuses odd ones by answer, and any batch with a 13 in it altogether."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.written: list[int] = []
        self.failures: list[Exception] = []
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, batch: list[int]) -> Sequence[int | Exception]:
        await self.open.wait()
        self.batches.append(batch)
        if self.failures:
            raise self.failures.pop()
        if 13 in batch:
            raise BadInput("number", 13, "any other")
        self.written += batch
        return [BadInput("number", one, "even") if one % 2 else one * 10 for one in batch]


class Deadlock(Exception):
    sqlstate = "40P01"


async def test_a_lone_item_is_written_at_once() -> None:
    desk = Desk()
    async with GroupCommit(desk.write) as group:
        assert await group.submit(2) == 20
    assert desk.batches == [[2]]


async def test_what_comes_during_a_commit_is_written_together() -> None:
    desk = Desk()
    desk.open.clear()
    async with GroupCommit(desk.write, largest=5) as group:
        first = asyncio.create_task(group.submit(0))
        await asyncio.sleep(0.01)
        others = [asyncio.create_task(group.submit(one)) for one in range(2, 16, 2)]
        await asyncio.sleep(0.01)
        assert not first.done()
        desk.open.set()
        assert await asyncio.gather(first, *others) == [one * 10 for one in range(0, 16, 2)]
    assert [len(batch) for batch in desk.batches] == [1, 5, 2]


async def test_one_item_at_fault_stands_alone() -> None:
    desk = Desk()
    async with GroupCommit(desk.write) as group:
        answers = await asyncio.gather(*(group.submit(one) for one in [2, 4, 13, 6, 7]), return_exceptions=True)
    assert answers[:2] + answers[3:4] == [20, 40, 60]
    assert isinstance(answers[2], BadInput) and answers[2].value == 13
    assert isinstance(answers[4], BadInput) and answers[4].value == 7
    assert sorted(desk.written) == [2, 4, 6, 7]


async def test_a_deadlock_is_tried_again() -> None:
    desk = Desk()
    desk.failures = [Deadlock(), Deadlock()]
    async with GroupCommit(desk.write) as group:
        assert await group.submit(2) == 20
        desk.failures = [Deadlock() for _ in range(3)]
        with pytest.raises(Deadlock):
            await group.submit(4)
    assert desk.written == [2]


async def test_when_the_database_is_gone_all_hear_so() -> None:
    desk = Desk()
    desk.failures = [Unavailable("the database is gone")]
    async with GroupCommit(desk.write) as group:
        answers = await asyncio.gather(group.submit(2), group.submit(4), return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
        assert await group.submit(6) == 60
    assert desk.written == [6]


async def test_a_lost_commit_says_that_nothing_is_known() -> None:
    desk = Desk()
    async with GroupCommit(desk.write) as group:
        for failure in (OSError("gone"), asyncpg.InterfaceError("closed"), asyncpg.AdminShutdownError("going")):
            desk.failures = [failure]
            with pytest.raises(CommitUnknown, match="under the same key"):
                await group.submit(2)


async def test_a_full_queue_refuses_and_loses_nothing() -> None:
    desk = Desk()
    desk.open.clear()
    async with GroupCommit(desk.write, waiting=3) as group:
        taken = [asyncio.create_task(group.submit(0))]
        await asyncio.sleep(0.01)
        taken += [asyncio.create_task(group.submit(one)) for one in (2, 4, 6)]
        await asyncio.sleep(0.01)
        with pytest.raises(Busy, match="try again in 1 s"):
            await group.submit(8)
        desk.open.set()
        assert await asyncio.gather(*taken) == [0, 20, 40, 60]


async def test_a_caller_who_goes_away_disturbs_nobody() -> None:
    desk = Desk()
    desk.open.clear()
    async with GroupCommit(desk.write) as group:
        gone = asyncio.create_task(group.submit(2))
        stays = asyncio.create_task(group.submit(4))
        await asyncio.sleep(0.01)
        gone.cancel()
        desk.open.set()
        assert await stays == 40
    assert desk.written == [2, 4]


async def test_leaving_writes_what_is_waiting() -> None:
    desk = Desk()
    desk.open.clear()
    async with GroupCommit(desk.write) as group:
        waiting = [asyncio.create_task(group.submit(one)) for one in (2, 4)]
        await asyncio.sleep(0.01)
        desk.open.set()
    assert [one.result() for one in waiting] == [20, 40]
    with pytest.raises(RuntimeError):
        await group.submit(6)
