"""Two people sign a day: never one alone, never what has changed in between, and both names stand under the hash."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation.errors import BadInput, NotAllowed
from reconciliation.content import changes_since_signed
from reconciliation.days import close_day, reopen_day
from reconciliation.report import day_report
from reconciliation.signing import CannotSign, prepare_day, send_back, sign_day
from reconciliation.tables import day_signature
from settlement.ports.statements import Source
from tests.reconciliation.conftest import DAY, REGION, MemoryBook, MemorySource, ours, theirs
from tests.signing import signed_by_two

NEXT = DAY + timedelta(days=1)


async def test_whoever_prepares_a_day_does_not_sign_it(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    channel.shows(DAY)
    await close_day(database, REGION, DAY, [channel], book)
    async with database.begin() as db:
        prepared = await prepare_day(db, REGION, DAY, book, actor="wang")
    with pytest.raises(NotAllowed, match="wang"):
        async with database.begin() as db:
            await sign_day(db, REGION, DAY, book, actor="wang")
    async with database.begin() as db:
        signature = await sign_day(db, REGION, DAY, book, actor="li")
        stored = (await db.execute(select(day_signature))).one()
    content = json.loads(stored.report)
    assert (signature.prepared_by, signature.signed_by) == ("wang", "li")
    assert (content["prepared"]["prepared_by"], content["signed"]["by"]) == ("wang", "li")
    assert content["prepared"]["sha256"] == stored.prepared_sha256 == prepared.sha256 != signature.sha256


async def test_the_database_refuses_one_name_twice(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    channel.shows(DAY)
    await close_day(database, REGION, DAY, [channel], book)
    async with database.begin() as db:
        await signed_by_two(db, REGION, DAY, book)
    copied = "SELECT gen_random_uuid(), region, day, 2, report, sha256, signed_by, signed_at, signed_by, '' "
    columns = "id, region, day, version, report, sha256, signed_by, signed_at, prepared_by, remark"
    with pytest.raises(DBAPIError, match="day_signature_two_people"):
        async with database.begin() as db:
            await db.execute(text(f"INSERT INTO day_signature ({columns}) {copied} FROM day_signature"))


async def test_a_day_nobody_prepared_cannot_be_signed(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    channel.shows(DAY)
    await close_day(database, REGION, DAY, [channel], book)
    with pytest.raises(CannotSign, match="prepares"):
        async with database.begin() as db:
            await sign_day(db, REGION, DAY, book, actor="li")


async def test_what_changed_after_the_first_name_gets_no_second(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    channel.shows(DAY)
    await close_day(database, REGION, DAY, [channel], book)
    async with database.begin() as db:
        await prepare_day(db, REGION, DAY, book, actor="wang")
    book.opening_fen = 700
    book.refunded_fen = 700
    with pytest.raises(CannotSign, match="changed since wang"):
        async with database.begin() as db:
            await sign_day(db, REGION, DAY, book, actor="li")
    async with database.begin() as db:
        await prepare_day(db, REGION, DAY, book, actor="wang")
        await sign_day(db, REGION, DAY, book, actor="li")


async def test_a_day_is_sent_back_with_a_reason_and_can_be_matched_again(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    channel.shows(DAY)
    await close_day(database, REGION, DAY, [channel], book)
    async with database.begin() as db:
        await prepare_day(db, REGION, DAY, book, actor="wang")
    channel.shows(DAY, theirs("q5", 5))
    assert (await close_day(database, REGION, DAY, [channel], book)).state == "prepared"
    async with database.begin() as db:
        with pytest.raises(BadInput):
            await send_back(db, REGION, DAY, actor="li", reason=" ")
        await send_back(db, REGION, DAY, actor="li", reason="银联重发了文件")
    assert [one.kind for one in (await close_day(database, REGION, DAY, [channel], book)).breaks] == ["P-5"]


async def test_a_day_with_open_cases_is_signed_only_with_a_remark(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    channel.shows(DAY, theirs("q5", 5))
    await close_day(database, REGION, DAY, [channel], book)
    with pytest.raises(BadInput, match="remark"):
        async with database.begin() as db:
            await prepare_day(db, REGION, DAY, book, actor="wang")
    async with database.begin() as db:
        await prepare_day(db, REGION, DAY, book, actor="wang", remark="待银联答复，已立单")
        signature = await sign_day(db, REGION, DAY, book, actor="li")
    assert signature.remark == "待银联答复，已立单"


async def test_version_two_shows_what_changed(database: AsyncEngine, book: MemoryBook, channel: MemorySource) -> None:
    book.holds(Source.channel, ours("q1", 100))
    channel.shows(DAY, theirs("q1", 100))
    await close_day(database, REGION, DAY, [channel], book)
    async with database.begin() as db:
        await signed_by_two(db, REGION, DAY, book)
        assert await changes_since_signed(db, await day_report(db, REGION, DAY)) is None
        await reopen_day(db, REGION, DAY, actor="wang", reason="银联重发对账单")
    channel.shows(DAY, theirs("q1", 90), theirs("q5", 5))
    await close_day(database, REGION, DAY, [channel], book)
    async with database.begin() as db:
        before = await changes_since_signed(db, await day_report(db, REGION, DAY))
        assert (await signed_by_two(db, REGION, DAY, book)).version == 2
        after = await changes_since_signed(db, await day_report(db, REGION, DAY))
    assert before == after
    assert after is not None
    assert sorted(one["kind"] for one in after["breaks_new"]) == ["P-11", "P-5"]
    assert after["sums"]["channel"]["before"]["matched"] == {"count": 1, "fen": 100}
    assert after["sums"]["channel"]["after"]["matched"] == {"count": 0, "fen": 0}
