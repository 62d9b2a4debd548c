"""Days of a real house: what is on its way waits, what is wrong is named, and the day is signed."""

from datetime import date, timedelta

from api.wiring import House
from foundation import clock
from ledger import statement
from settlement.allocation.following import follow_bill
from settlement.bills.reading import BillView
from settlement.payments.queries import query_bill
from settlement.postings import in_transit
from tests.days import REGION, closed
from tests.played import Played, confirmed, followed_through, home_case, paid
from tests.signing import signed_by_two


async def paid_bill(house: House, played: Played) -> BillView:
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    return view


async def sign(house: House, day: date) -> str:
    async with house.office.database.begin() as db:
        return (await signed_by_two(db, REGION, day, house.book)).sha256


async def test_a_day_without_business_closes_and_is_signed(house: House, played: Played, day: date) -> None:
    report = await closed(house, played, day)
    assert report.state == "matched"
    assert len(await sign(house, day)) == 64


async def test_what_is_on_its_way_waits_in_the_pool_and_is_matched_when_it_comes(
    house: House, played: Played, day: date
) -> None:
    view = await paid_bill(house, played)
    report = await closed(house, played, day)
    assert report.breaks == ()
    waiting = [one for source in report.sources for one in source.pool]
    assert sum(one.amount_fen for one in waiting) == view.amount_fen
    assert all(equation.holds for equation in report.equations)
    await sign(house, day)
    await followed_through(house, played, view.id)
    following = day + timedelta(days=1)
    report = await closed(house, played, following)
    assert report.breaks == ()
    assert [one for source in report.sources for one in source.pool] == []
    await sign(house, following)


async def test_a_row_that_the_channel_leaves_out_is_named(house: House, played: Played, day: date) -> None:
    view = await paid_bill(house, played)
    await followed_through(house, played, view.id)
    fault = {"kind": "row", "how": "missing", "source": "channel", "region": REGION, "day": day.isoformat()}
    played.control("faults", fault)
    report = await closed(house, played, day)
    (found,) = report.breaks
    assert (found.kind, found.our_fen, found.their_fen) == ("P-9", view.amount_fen, 0)
    assert "15,080.00" in found.reason.zh
    again = await closed(house, played, day)
    assert [one.case_id for one in again.breaks] == [found.case_id]


async def test_a_truncated_settlement_file_leaves_the_day_open(house: House, played: Played, day: date) -> None:
    view = await paid_bill(house, played)
    await followed_through(house, played, view.id)
    fault = {"kind": "statement", "how": "truncated", "source": "channel", "region": REGION, "day": day.isoformat()}
    played.control("faults", {**fault, "times": 1})
    report = await closed(house, played, day)
    assert report.state == "open"
    channel = next(one for one in report.sources if one.source == "channel")
    assert channel.file.state == "refused"
    assert channel.ours is None  # nothing is judged missing because a file was
    report = await closed(house, played, day)
    assert (report.state, report.breaks) == ("matched", ())


async def test_what_we_hear_of_after_the_signature_counts_on_the_next_open_day(
    house: House, played: Played, day: date
) -> None:
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")  # and nobody tells us
    assert [one.kind for one in (await closed(house, played, day)).breaks] == ["P-2"]
    await sign(house, day)
    await query_bill(house.office, view.id)
    following = day + timedelta(days=1)
    account = in_transit(house.office.region(REGION)).code
    async with house.office.database.connect() as db:
        assert (await statement(db, account, day, day)).lines == ()
        (received,) = (await statement(db, account, following, following)).lines
        assert received.debit == view.amount_fen
    await followed_through(house, played, view.id)
    report = await closed(house, played, following)
    assert all(equation.holds for equation in report.equations)


async def test_what_is_paid_after_the_cut_off_may_arrive_before_midnight(
    house: House, played: Played, day: date
) -> None:
    """It stands in that evening's statements of treasury and non-tax account, and in the next day's file."""
    night = clock.local_now().replace(year=day.year, month=day.month, day=day.day, hour=23, minute=5)
    played.set_clocks(night)
    view = await paid_bill(house, played)
    await followed_through(house, played, view.id)
    assert clock.local_now().date() == day
    for on in (day, day + timedelta(days=1)):
        report = await closed(house, played, on)
        assert report.breaks == ()
        assert all(equation.holds for equation in report.equations)
        await sign(house, on)


async def half_paid(house: House, played: Played) -> BillView:
    """A home of which each party pays half of every line, and one has paid; their fee has arrived."""
    halves = {"choice": "custom", "transferee_parts": "1", "transferor_parts": "1"}
    view = await confirmed(house, home_case(split=halves))
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    for _ in range(3):
        await follow_bill(house.office, view.id)
        played.set_clocks(clock.now() + timedelta(seconds=1))
    return view


async def test_a_line_of_which_a_part_is_paid_is_not_missing(house: House, played: Played, day: date) -> None:
    await half_paid(house, played)
    for on in (day, day + timedelta(days=1)):
        report = await closed(house, played, on)
        assert report.breaks == ()
        assert [one.words.zh for one in report.equations if not one.holds] == []
        await sign(house, on)


async def test_a_part_that_waits_for_another_has_a_name_at_the_end_of_its_day(
    house: House, played: Played, day: date
) -> None:
    """The other is paid on the next morning, before the first day is closed."""
    view = await half_paid(house, played)
    following = day + timedelta(days=1)
    morning = clock.local_now().replace(year=following.year, month=following.month, day=following.day, hour=8)
    played.set_clocks(morning)
    await paid(house, played, view.id, "transferor")
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id)
    for on in (day, following):
        report = await closed(house, played, on)
        assert report.breaks == ()
        assert [one.words.zh for one in report.equations if not one.holds] == []
        await sign(house, on)


async def test_a_line_that_two_payers_share_may_be_paid_on_two_clearing_days(
    house: House, played: Played, day: date
) -> None:
    """The whole of it is in the treasury on the evening of the first, and counts on the second."""
    halves = {"choice": "custom", "transferee_parts": "1", "transferor_parts": "1"}
    view = await confirmed(house, home_case(split=halves))
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    played.set_clocks(clock.local_now().replace(year=day.year, month=day.month, day=day.day, hour=23, minute=5))
    await paid(house, played, view.id, "transferor")
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id)
    for on in (day, day + timedelta(days=1)):
        report = await closed(house, played, on)
        assert report.breaks == ()
        assert [one.words.zh for one in report.equations if not one.holds] == []
        await sign(house, on)
