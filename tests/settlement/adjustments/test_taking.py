"""A row of the file is taken for a payment only after the channel was asked, or with a sentence why without it."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from api.wiring import House
from foundation.errors import Conflict
from settlement.adjustments import ask_and_decide, decide, propose
from settlement.bills.reading import read_bill
from settlement.cases import read_case
from settlement.payments.tables import channel_order, surplus_payment
from tests.days import REGION, closed
from tests.played import Played
from tests.settlement.adjustments.conftest import LI, WANG, unheard

WHY = "银联合同已终止，书面回函确认"


async def proposed(house: House, played: Played, day: date) -> tuple[UUID, UUID]:
    """A bill that was paid unheard, and the case of its row in the file, proposed to be taken."""
    view = await unheard(house, played)
    report = await closed(house, played, day)
    (case_id,) = [one.case_id for one in report.breaks if one.kind in ("P-2", "P-4")]
    assert case_id
    async with house.office.database.begin() as db:
        await propose(db, house.office.regions, case_id, WANG)
    return view.id, case_id


async def approved(house: House, case_id: UUID, reason: str | None = None) -> str:
    return await ask_and_decide(house.office, case_id, LI, approve=True, reason=reason)


async def of_bill(house: House, bill_id: UUID) -> Any:
    async with house.office.database.connect() as db:
        return (await db.execute(select(channel_order).where(channel_order.c.bill_id == bill_id))).one()


async def fault(house: House, played: Played, bill_id: UUID, how: str) -> None:
    order_id = (await of_bill(house, bill_id)).order_id
    played.control("faults", {"kind": "query", "how": how, "times": 1, "order_id": order_id})


async def test_the_channels_answer_counts_and_not_what_its_file_shows(house: House, played: Played, day: date) -> None:
    view = await unheard(house, played)
    played.control(
        "faults", {"kind": "row", "how": "altered", "by_fen": 9, "source": "channel", "region": REGION, "day": str(day)}
    )
    report = await closed(house, played, day)
    (case_id,) = [one.case_id for one in report.breaks]
    assert case_id
    async with house.office.database.begin() as db:
        await propose(db, house.office.regions, case_id, WANG)
    assert await approved(house, case_id) == "closed"
    order = await of_bill(house, view.id)
    assert (order.state, order.proved_by) == ("paid", "query")
    assert (await read_bill(house.office, view.id)).state == "paid"
    async with house.office.database.connect() as db:
        assert (await db.execute(select(surplus_payment))).all() == []


async def test_while_the_channel_is_at_work_or_was_not_asked_nothing_is_taken(
    house: House, played: Played, day: date
) -> None:
    bill_id, case_id = await proposed(house, played, day)
    await fault(house, played, bill_id, "pending")
    with pytest.raises(Conflict, match="does not confirm"):
        await approved(house, case_id, WHY)
    with pytest.raises(Conflict, match="not been asked"):
        async with house.office.database.begin() as db:
            await decide(house.office, db, case_id, LI, approve=True, reason=WHY)
    assert (await of_bill(house, bill_id)).state == "open"
    assert await approved(house, case_id) == "closed"
    order = await of_bill(house, bill_id)
    assert (order.state, order.proved_by) == ("paid", "file")


@pytest.mark.parametrize("how", ["not_found", "unavailable", "forged", "contract_ended"])
async def test_where_the_channel_cannot_be_asked_somebody_says_why_the_file_is_believed(
    house: House, played: Played, day: date, how: str
) -> None:
    bill_id, case_id = await proposed(house, played, day)
    for reason in (None, " ", WHY):
        if how == "contract_ended":
            async with house.office.database.begin() as db:
                await db.execute(update(channel_order).values(merchant="898341502009999"))
        else:
            await fault(house, played, bill_id, how)
        if reason is not WHY:
            with pytest.raises(Conflict, match="say why"):
                await approved(house, case_id, reason)
            assert (await of_bill(house, bill_id)).state == "open"
        else:
            assert await approved(house, case_id, reason) == "closed"
    order = await of_bill(house, bill_id)
    assert (order.state, order.proved_by) == ("paid", "file")
    async with house.office.database.connect() as db:
        assert (await read_case(db, case_id)).history[-1].reason == WHY
