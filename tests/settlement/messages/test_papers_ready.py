"""A payer is told once, however often it is tried; and nobody is told of papers that are not there."""

from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select, text

from api.wiring import House
from foundation import clock
from foundation.errors import BadInput
from settlement.bills.reading import BillView
from settlement.messages.contacts import checked_phone, contacts_of, give_contact, masked_phone
from settlement.messages.papers_ready import NothingToSend, write_again, write_papers_ready
from settlement.messages.sending import TRIES_MAX, MessageView, messages_of, queue_unsent, send_message
from settlement.messages.tables import text_message
from settlement.receipts.fetching import fetch_papers
from tests.played import CLERK, Played, confirmed, shop_case
from tests.settlement.receipts.conftest import arrived_shop

_PHONE = "13805641234"


async def _told(house: House, played: Played) -> BillView:
    """A shop whose buyer left a number, whose papers have come, and whose text is written."""
    view = await arrived_shop(house, played)
    await give_contact(house.office, view.id, "transferee", _PHONE, CLERK)
    await fetch_papers(house.office, view.id)
    assert await write_papers_ready(house.office, view.id) == 1
    return view


async def _one(house: House, view: BillView) -> MessageView:
    [message] = await messages_of(house.office, "341502", [view.id])
    return message


async def test_the_text_goes_out_once_with_the_link_of_the_payers_page(house: House, played: Played) -> None:
    view = await _told(house, played)
    assert await write_papers_ready(house.office, view.id) == 0
    message = await _one(house, view)
    assert not await send_message(house.office, message.id)
    played.set_clocks(_later())
    assert await send_message(house.office, message.id)
    assert (await _one(house, view)).state == "delivered"
    [sent] = played.simulator.world.messages.values()
    assert sent.phone == _PHONE
    assert view.code is not None
    assert view.code.address in sent.text
    assert sent.text.startswith("【六安市金安区不动产登记中心】")
    assert not any(party["name"] in sent.text for party in shop_case()["parties"])
    assert view.unit_code not in sent.text


async def test_before_the_papers_are_there_nobody_is_told(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await give_contact(house.office, view.id, "transferee", _PHONE, CLERK)
    assert await write_papers_ready(house.office, view.id) == 0
    with pytest.raises(NothingToSend):
        await write_again(house.office, view.id, "transferee")
    await fetch_papers(house.office, view.id)
    with pytest.raises(NothingToSend):
        await write_again(house.office, view.id, "transferor")  # left no number
    assert await write_papers_ready(house.office, view.id) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_the_gateway_does_the_text_is_sent_once(house: House, played: Played, seed: int) -> None:
    draw = Random(seed)
    view = await _told(house, played)
    message = await _one(house, view)
    for _ in range(draw.randint(1, 5)):
        played.control("faults", {"kind": "desk", "how": "message_down"})
    for _ in range(40):
        ended = await send_message(house.office, message.id)
        if draw.random() < 0.3:
            await send_message(house.office, message.id)
        if ended:
            break
        played.set_clocks(_later())
    assert (await _one(house, view)).state == "delivered"
    assert len(played.simulator.world.messages) == 1


async def test_a_lost_text_is_seen_and_sent_again_when_asked(house: House, played: Played) -> None:
    view = await _told(house, played)
    played.control("faults", {"kind": "desk", "how": "message_lost"})
    first = await _one(house, view)
    while not await send_message(house.office, first.id):
        played.set_clocks(_later())
    assert (await _one(house, view)).state == "failed"
    await write_again(house.office, view.id, "transferee")
    second = (await messages_of(house.office, "341502", [view.id]))[0]
    while not await send_message(house.office, second.id):
        played.set_clocks(_later())
    states = {one.id: one.state for one in await messages_of(house.office, "341502", [view.id])}
    assert states == {first.id: "failed", second.id: "delivered"}


async def test_a_gateway_that_never_answers_is_given_up(house: House, played: Played) -> None:
    view = await _told(house, played)
    played.control("faults", {"kind": "desk", "how": "message_down", "times": TRIES_MAX})
    message = await _one(house, view)
    tries = 1
    while not await send_message(house.office, message.id):
        tries += 1
    assert tries == TRIES_MAX
    ended = await _one(house, view)
    assert (ended.state, ended.tries) == ("failed", TRIES_MAX)
    assert "429" in ended.detail


async def test_the_net_finds_texts_that_nobody_sends(house: House, played: Played) -> None:
    await _told(house, played)
    assert await queue_unsent(house.office) == 0  # its follow-up waits
    async with house.office.database.begin() as db:
        await db.execute(text("DELETE FROM pgqueuer"))
    assert await queue_unsent(house.office) == 1


async def test_numbers_are_sealed_at_rest_and_masked_when_shown(house: House, played: Played) -> None:
    view = await _told(house, played)
    assert await contacts_of(house.office, view.id) == {"transferee": "138****1234"}
    assert (await _one(house, view)).phone == "138****1234"
    async with house.office.database.connect() as db:
        stored = (await db.execute(select(text_message.c.phone_sealed))).scalar_one()
    assert _PHONE.encode() not in stored


async def test_a_number_may_come_with_the_case(house: House) -> None:
    parties = [{**party, "phone": "+85291234567"} for party in shop_case()["parties"]]
    view = await confirmed(house, shop_case(parties=parties))
    assert set((await contacts_of(house.office, view.id)).values()) == {"+85*****4567"}


@pytest.mark.parametrize("phone", ["12345678901", "1380564123", "+12", "十三八", "138056412345"])
def test_what_is_no_number_is_refused(phone: str) -> None:
    with pytest.raises(BadInput):
        checked_phone(phone)


def test_a_number_may_be_written_with_spaces() -> None:
    assert checked_phone("138 0564-1234") == _PHONE
    assert masked_phone("12345") == "*****"


def _later() -> datetime:
    return clock.now() + timedelta(seconds=1)
