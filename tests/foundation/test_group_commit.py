import asyncio
from collections.abc import Sequence

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

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


async def all_wait() -> None:
    """Lets the tasks run until each waits for another. By turns of the loop: on a busy machine time passes in none."""
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for more by the clock, unless a test says so."""
    monkeypatch.setattr("foundation.group_commit._GATHERING", 0)


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
        await all_wait()
        others = [asyncio.create_task(group.submit(one)) for one in range(2, 16, 2)]
        await all_wait()
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


@pytest.mark.parametrize(
    ("items", "batches"),
    [([2, 13], [[2, 13], [2], [13]]), ([2, 4, 6, 13], [[2, 4, 6, 13], [2, 4], [6, 13], [6], [13]])],
)
async def test_a_batch_is_halved_until_the_fault_stands_alone(items: list[int], batches: list[list[int]]) -> None:
    desk = Desk()
    async with GroupCommit(desk.write) as group:
        answers = await asyncio.gather(*(group.submit(one) for one in items), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int] * (len(items) - 1) + [BadInput]
    assert desk.batches == batches


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
        cut = asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
        for failure in (OSError("gone"), asyncpg.InterfaceError("closed"), asyncpg.AdminShutdownError("going"), cut):
            desk.failures = [failure]
            with pytest.raises(CommitUnknown, match="under the same key"):
                await group.submit(2)


class Stated(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize("state", ["22003", "23505", "P0001"])
async def test_what_one_item_may_have_caused_is_tried_in_halves(state: str) -> None:
    desk = Desk()
    desk.failures = [Stated(state)]
    async with GroupCommit(desk.write) as group:
        assert await asyncio.gather(*(group.submit(one) for one in (2, 4, 6))) == [20, 40, 60]
    assert desk.batches == [[2, 4, 6], [2], [4, 6]]


@pytest.mark.parametrize("state", ["42601", "53300", "40003"])
async def test_what_no_item_caused_is_heard_by_all(state: str) -> None:
    desk = Desk()
    desk.failures = [Stated(state)]
    async with GroupCommit(desk.write) as group:
        answers = await asyncio.gather(group.submit(2), group.submit(4), return_exceptions=True)
    assert [str(answer) for answer in answers] == [state, state]
    assert desk.batches == [[2, 4]]


@pytest.mark.parametrize("state", ["08006", "57P01"])
@pytest.mark.parametrize("wrapped", [False, True])
async def test_a_lost_server_is_known_by_its_state(state: str, wrapped: bool) -> None:
    desk = Desk()
    failure: Exception = Stated(state)
    desk.failures = [DBAPIError("SELECT 1", {}, failure) if wrapped else failure]
    async with GroupCommit(desk.write) as group:
        with pytest.raises(CommitUnknown) as unknown:
            await group.submit(2)
    assert unknown.value.detail == "the database did not answer; send the same again under the same key"


async def test_a_broken_connection_is_a_lost_commit() -> None:
    desk = Desk()
    desk.failures = [DBAPIError("COMMIT", {}, Exception("broken"), connection_invalidated=True)]
    async with GroupCommit(desk.write) as group:
        with pytest.raises(CommitUnknown):
            await group.submit(2)
        desk.failures = [DBAPIError("COMMIT", {}, Stated("40001"))]
        assert await group.submit(4) == 40


async def test_several_writers_write_side_by_side() -> None:
    desk = Desk()
    desk.open.clear()
    async with GroupCommit(desk.write, writers=2) as group:
        one = asyncio.create_task(group.submit(2))
        await all_wait()
        other = asyncio.create_task(group.submit(4))
        await all_wait()
        desk.open.set()
        assert await asyncio.gather(one, other) == [20, 40]
    assert desk.batches == [[2], [4]]


async def test_a_full_queue_refuses_and_loses_nothing() -> None:
    desk = Desk()
    desk.open.clear()
    async with GroupCommit(desk.write, waiting=3) as group:
        taken = [asyncio.create_task(group.submit(0))]
        await all_wait()
        taken += [asyncio.create_task(group.submit(one)) for one in (2, 4, 6)]
        await all_wait()
        with pytest.raises(Busy) as busy:
            await group.submit(8)
        assert (busy.value.detail, busy.value.retry_after) == (
            "too much is waiting to be written; try again in 1 s",
            1,
        )
        desk.open.set()
        assert await asyncio.gather(*taken) == [0, 20, 40, 60]


async def test_a_caller_who_goes_away_disturbs_nobody() -> None:
    desk = Desk()
    desk.open.clear()
    async with GroupCommit(desk.write) as group:
        gone = asyncio.create_task(group.submit(2))
        stays = asyncio.create_task(group.submit(4))
        await all_wait()
        gone.cancel()
        desk.open.set()
        assert await stays == 40
    assert desk.written == [2, 4]


async def test_leaving_writes_what_is_waiting() -> None:
    desk = Desk()
    desk.open.clear()
    async with GroupCommit(desk.write) as group:
        waiting = [asyncio.create_task(group.submit(one)) for one in (2, 4)]
        await all_wait()
        desk.open.set()
    assert [one.result() for one in waiting] == [20, 40]
    with pytest.raises(RuntimeError, match=r"^the group commit is not running$"):
        await group.submit(6)


async def test_before_it_is_entered_it_takes_nothing() -> None:
    desk = Desk()
    with pytest.raises(RuntimeError, match=r"^the group commit is not running$"):
        await GroupCommit(desk.write).submit(2)
    assert desk.batches == []


@pytest.mark.parametrize(
    ("count", "writers", "batches"),
    [(31, 2, [31]), (32, 2, [16, 16]), (40, 2, [20, 20]), (41, 2, [21, 20]), (40, 3, [20, 20]), (48, 3, [16, 16, 16])],
)
async def test_free_writers_share_what_is_enough_for_several(count: int, writers: int, batches: list[int]) -> None:
    desk = Desk()
    async with GroupCommit(desk.write, writers=writers) as group:
        answers = await asyncio.gather(*(group.submit(2 * one) for one in range(count)))
    assert answers == [20 * one for one in range(count)]
    assert [len(batch) for batch in desk.batches] == batches


@pytest.mark.parametrize(("writers", "waiting", "batches"), [(2, 40, [1, 40]), (3, 48, [1, 24, 24])])
async def test_a_writer_at_work_takes_no_share_and_leaves_theirs_to_the_others(
    writers: int, waiting: int, batches: list[int]
) -> None:
    desk = Desk()
    async with GroupCommit(desk.write, writers=writers) as group:
        desk.open.clear()
        first = asyncio.create_task(group.submit(0))
        await all_wait()
        others = [asyncio.create_task(group.submit(2)) for _ in range(waiting)]
        await all_wait()
        desk.open.set()
        await asyncio.gather(first, *others)
    assert [len(batch) for batch in desk.batches] == batches


async def test_who_has_written_is_free_again_and_counts_once() -> None:
    desk = Desk()

    async def write(batch: list[int]) -> Sequence[int | Exception]:
        await asyncio.sleep(0.001)
        return await desk.write(batch)

    async with GroupCommit(write, writers=2) as group:
        for _ in range(3):
            await asyncio.gather(*(group.submit(2) for _ in range(64)))
    assert [len(batch) for batch in desk.batches] == [32] * 6


@pytest.mark.parametrize("answers", [[], [0], [0, 20, 40]])
async def test_answers_that_do_not_fit_are_nobodys_and_the_next_is_written(answers: list[int]) -> None:
    desk = Desk()

    async def write(batch: list[int]) -> Sequence[int | Exception]:
        return answers if len(batch) == 2 else await desk.write(batch)

    async with GroupCommit(write) as group:
        heard = await asyncio.gather(group.submit(0), group.submit(2), return_exceptions=True)
        assert [str(one) for one in heard] == [f"{len(answers)} answers came for 2 items"] * 2
        assert await group.submit(4) == 40


async def test_with_nothing_to_write_it_rests() -> None:
    looks = 0

    class Watched(GroupCommit[int, int]):
        def _take(self) -> list[tuple[int, "asyncio.Future[int]"]]:
            nonlocal looks
            looks += 1
            return super()._take()

    async with Watched(Desk().write) as group:
        await group.submit(2)
        seen = looks
        for _ in range(20):
            await asyncio.sleep(0)
        assert looks == seen


async def test_beside_a_commit_a_few_wait_for_more_and_then_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foundation.group_commit._GATHERING", 0.5)
    desk, stuck = Desk(), asyncio.Event()

    async def write(batch: list[int]) -> Sequence[int | Exception]:
        if batch == [0]:
            await stuck.wait()
        return await desk.write(batch)

    async with GroupCommit(write, writers=2) as group:
        first = asyncio.create_task(group.submit(0))
        await all_wait()
        others = []
        for one in (2, 4, 6):
            others.append(asyncio.create_task(group.submit(one)))
            await all_wait()
        assert await asyncio.gather(*others) == [20, 40, 60]
        assert not first.done()
        stuck.set()
        assert await first == 0
    assert desk.batches == [[2, 4, 6], [0]]
