"""What is made beside the event loop comes back to whoever asked, also when another's fails."""

import asyncio
import threading

import pytest

from adapters.simulator.aside import Aside


def _cannot() -> int:
    raise ValueError("no key")


def test_each_gets_what_was_made_for_him() -> None:
    async def all_at_once() -> list[object]:
        aside = Aside()
        works = [lambda number=number: number * 2 for number in range(50)]
        return await asyncio.gather(*(aside.make(work) for work in (*works, _cannot)), return_exceptions=True)

    *doubled, failed = asyncio.run(all_at_once())
    assert doubled == [number * 2 for number in range(50)]
    assert isinstance(failed, ValueError)


def test_what_comes_meanwhile_shares_the_next_piece() -> None:
    may_end = threading.Event()
    threads: list[int] = []

    async def played() -> None:
        aside = Aside()
        first = asyncio.create_task(aside.make(may_end.wait))
        await asyncio.sleep(0)
        others = [asyncio.create_task(aside.make(lambda: threads.append(len(threads)))) for _ in range(5)]
        others[0].cancel()
        await asyncio.sleep(0)
        assert not threads
        may_end.set()
        assert await first
        with pytest.raises(asyncio.CancelledError):
            await others[0]
        await asyncio.gather(*others[1:])
        assert await aside.make(threading.get_ident) != threading.get_ident()

    asyncio.run(played())
    assert len(threads) in (4, 5)
