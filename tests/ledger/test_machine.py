"""The book against its model: random walks of posting, holding, ending, reversing, closing, several callers at once."""

import asyncio
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4, uuid5

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from foundation import clock
from foundation.database import transaction
from foundation.errors import HeyiError
from ledger import (
    AccountClass,
    Entry,
    EntryKind,
    Posted,
    approve_reopening,
    balances_as_of,
    close_days,
    expire_holds,
    post,
    post_each,
    propose_reopening,
    verify,
)
from tests.ledger.book import Book, opened, reversal
from tests.ledger.model import Model

DAYS = [date(2026, 9, day) for day in (29, 30)] + [date(2026, 10, day) for day in (1, 2)]
REGIONS = count(900_000)
KINDS = [EntryKind.bill_confirmed, EntryKind.payment_received, EntryKind.line_arrived]
NAMES = ["receivable", "channel_transit", "due_treasury", "due_non_tax", "surplus"]
GOOD = {
    EntryKind.bill_confirmed: [("receivable", "due_treasury"), ("receivable", "due_non_tax")],
    EntryKind.payment_received: [("channel_transit", "receivable")],
    EntryKind.line_arrived: [("due_treasury", "channel_transit"), ("due_non_tax", "channel_transit")],
}


@st.composite
def bodies(draw: st.DrawFn) -> tuple[EntryKind, list[tuple[str, str, int]], date, bool]:
    """A kind, moves that mostly suit it, a day, and whether it is a hold."""
    kind = draw(st.sampled_from(KINDS))
    pairs = st.sampled_from(GOOD[kind])
    if draw(st.integers(0, 9)) == 0:
        pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])
    moves = draw(st.lists(st.tuples(pairs, st.integers(1, 1000)), min_size=1, max_size=3))
    hold = draw(st.integers(0, 3)) == 0
    return kind, [(*pair, fen) for pair, fen in moves], draw(st.sampled_from(DAYS)), hold


def said(answer: Posted | HeyiError) -> str:
    if isinstance(answer, Posted):
        return "replayed" if answer.replayed else "posted"
    return answer.code


PLACES = st.integers(0, 100)


class BookMachine(RuleBasedStateMachine):
    """Every step is done to the book and to the model; then the two are compared."""

    database_url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.model = Model()
        self.known: list[tuple[datetime, Model]] = []

    @initialize()
    def open_book(self) -> None:
        self.book: Book = self.do(self.stack.enter_async_context(opened(self.database_url, str(next(REGIONS)))))

    def teardown(self) -> None:
        clock.come_back()
        self.do(self.stack.aclose())
        self.runner.close()

    def do(self, work: Any) -> Any:
        return self.runner.run(work)

    def made(self, body: tuple[EntryKind, list[tuple[str, str, int]], date, bool]) -> Entry:
        kind, moves, on, hold = body
        entry = self.book.entry(kind, *moves, on=on)
        return replace(entry, pending_until=clock.now() + timedelta(hours=1)) if hold else entry

    def some(self, place: int) -> Entry | None:
        """One of the entries, if there are any. What a race left must not decide what is drawn."""
        entries = list(self.model.entries.values())
        return entries[place % len(entries)] if entries else None

    def submit(self, entries: list[Entry], each: bool = True) -> None:
        """Posts a batch, each by itself or all together, and holds the answers against the model's."""

        async def work() -> list[str]:
            async with transaction(self.book.made) as db:
                if each:
                    return [said(answer) for answer in await post_each(db, entries)]
                try:
                    return [said(answer) for answer in await post(db, entries)]
                except HeyiError as refused:
                    return [refused.code]

        now: datetime = clock.now()
        expected = [self.model.verdict(entry, now) for entry in entries]
        refused = [code for code in expected if code.startswith("ledger")]
        if not each and refused:
            assert self.do(work()) == refused[:1]
            return
        assert self.do(work()) == expected
        for entry, verdict in zip(entries, expected, strict=True):
            if verdict == "posted":
                self.model.take(entry)

    @rule(drawn=st.lists(bodies(), min_size=1, max_size=4), each=st.booleans())
    def post_some(self, drawn: Any, each: bool) -> None:
        self.submit([self.made(body) for body in drawn], each)

    @rule(place=PLACES, drawn=bodies(), field=st.sampled_from(["", "reference", "transfers", "effective_on"]))
    def use_a_key_again(self, place: int, drawn: Any, field: str) -> None:
        entry = self.some(place)
        if entry is None:
            return
        other = replace(self.made(drawn), reference="other")
        self.submit([replace(entry, **{field: getattr(other, field)}) if field else entry])

    @rule(place=PLACES, on=st.sampled_from(DAYS), each=st.booleans())
    def reverse(self, place: int, on: date, each: bool) -> None:
        entry = self.some(place)
        if entry is not None and entry.transfers:
            self.submit([reversal(entry, on)], each)

    @rule(place=PLACES, share=st.integers(-1, 5), on=st.sampled_from(DAYS))
    def end_a_hold(self, place: int, share: int, on: date) -> None:
        """Posts share/4 of each amount held (more than it for 5), or voids it; also of what is no hold."""
        hold = self.some(place)
        if hold is None:
            return
        transfers = tuple(
            replace(one, amount_fen=max(1, one.amount_fen * share // 4) + (share == 5)) for one in hold.transfers
        )
        self.submit([Entry(uuid4(), hold.kind, on, "end", transfers if share > 0 else (), ends=hold.key)])

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        clock.travel(clock.now() + timedelta(minutes=minutes))

    @rule()
    def expire(self) -> None:
        async def work() -> int:
            async with transaction(self.book.made) as db:
                return await expire_holds(db)

        now: datetime = clock.now()
        late = {
            key
            for key, one in self.model.entries.items()
            if one.pending_until and one.pending_until <= now and key not in self.model.ended
        }
        assert self.do(work()) >= len(late)
        for key in late:
            hold = self.model.entries[key]
            end = Entry(uuid5(key, "expired"), hold.kind, clock.today(), "deadline passed", (), ends=key)
            self.model.take(end)

    @rule(on=st.sampled_from(DAYS))
    def close(self, on: date) -> None:
        async def work() -> int:
            async with transaction(self.book.made) as db:
                return await close_days(db, self.book.region, on, on, "ann")

        assert self.do(work()) == (on not in self.model.closed)
        self.model.closed.add(on)

    @rule(place=PLACES)
    def reopen(self, place: int) -> None:
        if not self.model.closed:
            return
        on = sorted(self.model.closed)[place % len(self.model.closed)]

        async def work() -> None:
            async with transaction(self.book.made) as db:
                proposal = await propose_reopening(db, self.book.region, on, on, "ann", "a late file")
                await approve_reopening(db, self.book.region, proposal.id, "bob")

        self.do(work())
        self.model.closed.remove(on)

    @rule(drawn=st.lists(bodies(), min_size=2, max_size=4), callers=st.integers(2, 4))
    def post_the_same_from_several_sides(self, drawn: Any, callers: int) -> None:
        """Each entry is posted by exactly one caller and replayed to the others, whatever the interleaving."""
        entries = [self.made(body) for body in drawn]
        now: datetime = clock.now()
        expected = [self.model.verdict(entry, now) for entry in entries]

        async def caller(shift: int) -> dict[Any, str]:
            turned = entries[shift % len(entries) :] + entries[: shift % len(entries)]
            async with transaction(self.book.made) as db:
                answers = await post_each(db, turned)
                return {entry.key: said(answer) for entry, answer in zip(turned, answers, strict=True)}

        async def work() -> list[dict[Any, str]]:
            return await asyncio.gather(*(caller(shift) for shift in range(callers)))

        answers = self.do(work())
        for entry, verdict in zip(entries, expected, strict=True):
            heard = sorted(answer[entry.key] for answer in answers)
            if verdict == "posted":
                assert heard == ["posted"] + ["replayed"] * (callers - 1)
                self.model.take(entry)
            else:
                assert heard == [verdict] * callers

    @rule(place=PLACES, callers=st.integers(2, 4))
    def take_the_same_back_from_several_sides(self, place: int, callers: int) -> None:
        """Of several reversals of one entry one is posted, and the others hear that it was reversed already."""
        original = self.some(place)
        if original is None or not original.transfers:
            return
        entries = [reversal(original, max(DAYS)) for _ in range(callers)]
        expected = self.model.verdict(entries[0], clock.now())

        async def caller(entry: Entry) -> str:
            async with transaction(self.book.made) as db:
                return said((await post_each(db, [entry]))[0])

        async def work() -> list[str]:
            return await asyncio.gather(*(caller(entry) for entry in entries))

        heard = self.do(work())
        if expected == "posted":
            assert sorted(heard) == ["ledger_already_reversed"] * (callers - 1) + ["posted"]
            self.model.take(entries[heard.index("posted")])
        else:
            assert set(heard) == {expected}

    @rule(drawn=st.lists(bodies(), min_size=1, max_size=4), first=st.sampled_from(DAYS), last=st.sampled_from(DAYS))
    def close_while_others_post(self, drawn: Any, first: date, last: date) -> None:
        """An entry comes before the close of its day or is refused by it; what is left is one or the other."""
        first, last = min(first, last), max(first, last)
        entries = [self.made(body) for body in drawn]
        now: datetime = clock.now()
        before = [self.model.verdict(entry, now) for entry in entries]
        closing = {day for day in DAYS if first <= day <= last}

        async def close() -> None:
            async with transaction(self.book.made) as db:
                await close_days(db, self.book.region, first, last, "ann")

        async def caller(entry: Entry) -> str:
            async with transaction(self.book.made) as db:
                return said((await post_each(db, [entry]))[0])

        async def work() -> list[str]:
            heard, _ = await asyncio.gather(asyncio.gather(*(caller(entry) for entry in entries)), close())
            return heard

        heard = self.do(work())
        for entry, verdict, answer in zip(entries, before, heard, strict=True):
            late = "ledger_day_closed" if entry.effective_on in closing else verdict
            assert answer in ({verdict, late} if verdict == "posted" else {verdict})
            if answer == "posted":
                self.model.take(entry)
        self.model.closed |= closing

    @rule(on=st.sampled_from(DAYS), at=st.integers(0, 100))
    def look_back(self, on: date, at: int) -> None:
        """The balances of a day as they were known after any earlier step."""
        if not self.known:
            return
        instant, totals = self.known[at % len(self.known)]

        async def work() -> dict[str, tuple[int, int]]:
            async with transaction(self.book.made) as db:
                found = await balances_as_of(db, on, instant, region=self.book.region)
                return {one.code: (one.debits, one.credits) for one in found}

        for code, both in self.do(work()).items():
            assert both == tuple(totals.total(code, side, on) for side in ("debit", "credit"))

    @rule()
    def remember(self) -> None:
        """Keeps what is known now; whatever is recorded later must not change it."""
        self.known.append((clock.now(), deepcopy(self.model)))
        clock.travel(clock.now() + timedelta(seconds=1))

    @invariant()
    def the_book_equals_the_model(self) -> None:
        if not hasattr(self, "book"):
            return

        async def work() -> None:
            async with transaction(self.book.made) as db:
                now = await self.book.balances(db)
                for name in AccountClass:
                    code, one = self.book.code(name), now[name]
                    assert one.debits == self.model.total(code, "debit")
                    assert one.credits == self.model.total(code, "credit")
                    assert one.pending_debits == self.model.pending[code, "debit"]
                    assert one.pending_credits == self.model.pending[code, "credit"]
                for day in DAYS:
                    for one in await balances_as_of(db, day, region=self.book.region):
                        assert one.debits == self.model.total(one.code, "debit", day)
                        assert one.credits == self.model.total(one.code, "credit", day)
            assert sum(one.debits for one in now.values()) == sum(one.credits for one in now.values())

        self.do(work())


def test_the_book_does_what_its_model_does(database_url: str) -> None:
    BookMachine.database_url = database_url
    run_state_machine_as_test(
        BookMachine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


async def test_after_all_that_the_book_is_sound(book: Book) -> None:
    """Runs on the database that the machine above, and the other tests, have filled."""
    report = await verify(book.made)
    assert report.findings == ()
