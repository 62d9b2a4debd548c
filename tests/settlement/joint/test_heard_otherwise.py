"""A joint payment of which the notification was lost: by the file, once, and by what the channel says was paid."""

from dataclasses import replace

from foundation import clock
from settlement.payments.lookup import order_of
from settlement.payments.proofs import apply_proof
from settlement.refunds.reading import refundable
from tests.days import REGION
from tests.settlement.joint.conftest import Together
from tests.settlement.payments.test_proofs import cases, in_transit


async def test_the_file_of_the_day_repairs_a_lost_joint_payment_once(together: Together) -> None:
    views = await together.bills(3)
    joint = await together.made(views)
    order_id = await together.paid(joint)
    day = clock.today()
    assert await together.states(views) == ["confirmed"] * 3
    assert [await together.file(day) for _ in range(2)] == [1, 0]
    assert await together.states(views) == ["paid"] * 3
    attempt = await together.attempt(order_id)
    assert (attempt.state, attempt.proved_by, attempt.clearing_day) == ("paid", "file", day)
    assert await in_transit(together.house) == sum(view.amount_fen for view in views)
    for path in ("notification", "query", "file"):
        await together.hear_by(path, joint, order_id)
    assert await in_transit(together.house) == sum(view.amount_fen for view in views)
    assert await cases(together.house) == []


async def test_where_the_file_has_another_amount_the_channels_answer_pays_the_shares(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    order_id = await together.paid(joint)
    altered = {"kind": "row", "how": "altered", "by_fen": -1, "source": "channel", "region": REGION}
    together.played.control("faults", {**altered, "day": str(clock.today())})
    assert await together.file(clock.today()) == 1
    assert await together.states(views) == ["paid"] * 2
    attempt = await together.attempt(order_id)
    assert (attempt.state, attempt.proved_by) == ("paid", "query")
    assert await in_transit(together.house) == sum(view.amount_fen for view in views)


async def test_another_amount_by_the_channels_own_word_is_held_whole_and_goes_back(together: Together) -> None:
    """paid_other: nobody can say which shares it pays, so it pays none, and they can be paid in another way."""
    views = await together.bills(2)
    joint = await together.made(views)
    order_id = await together.paid(joint)
    attempt = await together.attempt(order_id)
    channel = together.house.office.institutions[REGION].channel
    proof = replace(await channel.query(order_of(attempt)), amount_fen=attempt.amount_fen - 100)
    async with together.house.office.database.begin() as db:
        await apply_proof(together.house.office, db, REGION, proof, "query")
    assert (await together.attempt(order_id)).state == "paid_other"
    assert await together.states(views) == ["confirmed"] * 2
    assert await in_transit(together.house) == attempt.amount_fen - 100
    assert len(await cases(together.house)) == 1
    held = [one for view in views for one in (await refundable(together.house.office, view.id)).surplus]
    assert [(one.kind, one.amount_fen) for one in held] == [("other_amount", attempt.amount_fen - 100)]
    async with together.house.office.database.begin() as db:
        await apply_proof(together.house.office, db, REGION, proof, "query")
    assert await in_transit(together.house) == attempt.amount_fen - 100  # once, however often it is said
    again = await together.paid(await together.view(joint.id))
    assert again != order_id
    await together.hear_by("query", joint, again)
    assert await together.states(views) == ["paid"] * 2
