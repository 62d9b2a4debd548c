"""What is not the channel's own word moves nothing, through each channel; and does not flood the office."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from adapters.simulator.acp_wire import sign
from adapters.simulator.ums_wire import key_appended
from api.wiring import House
from foundation import clock
from settlement.bills.reading import BillView, read_bill
from settlement.cases import office_case
from settlement.payments.inbox import Inbox
from settlement.payments.strangers import OF_ONE_SOURCE
from settlement.payments.tables import inbox
from tests.played import Played
from tests.settlement.payments.conftest import Till


@pytest.fixture
async def view(till: Till) -> BillView:
    return await till.bill()


def changed(fields: Mapping[str, str], name: str) -> dict[str, str]:
    """The fields with one byte of one of them changed."""
    last = fields[name][-1]
    return {**fields, name: fields[name][:-1] + ("1" if last == "0" else "0")}


async def stands(till: Till, view: BillView) -> str:
    return (await read_bill(till.house.office, view.id)).state


@pytest.mark.parametrize("how", ["forged", "expired"])
async def test_another_signer_is_not_believed(till: Till, view: BillView, how: str) -> None:
    order = await till.paid(view)
    voice = till.played.simulator.voices[till.channel]
    for _ in range(3):
        raw = getattr(voice, how)(voice.said(order, order.payments[0]))
        assert await till.hear(raw) == "bad_signature"
    assert await stands(till, view) == "confirmed"
    async with till.house.office.database.connect() as db:
        (case,) = (await db.execute(select(office_case))).all()  # one for the source and day, however many came
        stored = (await db.execute(select(inbox.c.outcome))).scalars().all()
    assert (case.kind, stored) == ("S-forged", ["bad_signature"] * 3)


async def test_one_changed_byte_in_any_field_is_noticed(till: Till, view: BillView) -> None:
    order = await till.paid(view)
    voice = till.played.simulator.voices[till.channel]
    said = voice.said(order, order.payments[0])
    for name in said:
        if said[name]:
            assert await till.hear(voice.altered(changed(said, name), said)) == "bad_signature", name
    assert await stands(till, view) == "confirmed"


async def test_a_replay_counts_once(till: Till, view: BillView) -> None:
    raw = till.told(await till.paid(view))
    assert [await till.hear(raw) for _ in range(3)] == ["applied", "duplicate", "duplicate"]


async def test_a_message_for_another_merchant_is_not_ours(till: Till, view: BillView) -> None:
    order = await till.paid(view)
    keys, voice = till.played.simulator.keys, till.played.simulator.voices[till.channel]
    said = voice.said(order, order.payments[0])
    match till.channel:
        case "acp":
            raw, outcome = urlencode(sign({**said, "merId": "898360102000001"}, keys.signer)).encode(), "bad_signature"
        case "ums":
            other = {**said, "mid": "898360102000001"}
            key = keys.ums_communication_keys[till.region]
            raw = urlencode({**other, "sign": key_appended(other, key, other["signType"])}).encode()
            outcome = "bad_signature"
        case _:  # our other merchant, rightly signed: it has no such order
            receivers = till.house.office.region(till.region).channel.receivers
            raw, outcome = voice.true({**said, "mch_id": receivers.non_tax}), "unknown_order"
    assert await till.hear(raw) == outcome
    assert await stands(till, view) == "confirmed"


async def test_a_weaker_signature_than_agreed_is_refused(till: Till, view: BillView) -> None:
    order = await till.paid(view)
    voice = till.played.simulator.voices[till.channel]
    said = dict(voice.said(order, order.payments[0]))
    match till.channel:
        case "ums":
            raw = voice.true({**said, "signType": "MD5"})
        case "qra":
            raw = voice.true({**said, "sign_type": "SM3"})  # stronger, but not what was agreed either
        case _:
            raw = voice.true(said).replace(b"signMethod=01", b"signMethod=11")
    assert await till.hear(raw) == "bad_signature"


async def test_an_exchanged_key_counts_from_the_next_message_on(till: Till, view: BillView) -> None:
    if till.channel == "acp":
        pytest.skip("ACP's certificates come with the message; exchanged roots are tested with the channel")
    order = await till.paid(view)
    raw = till.told(order)
    contract = till.house.office.region(till.region).channel
    path = contract.communication_key_file if till.channel == "ums" else contract.key_files.treasury
    was = path.read_text()
    try:
        path.write_text("another key")
        assert await till.hear(raw) == "bad_signature"
    finally:
        path.write_text(was)
    assert await till.hear(raw) == "applied"


async def test_a_flood_of_forged_mail_is_not_stored_and_holds_up_nobody(house: House, played: Played) -> None:
    till = Till("acp", house, played)
    order = await till.paid(await till.bill())
    voice = played.simulator.voices["acp"]
    forged = voice.forged(voice.said(order, order.payments[0]))
    async with Inbox(house.office) as box:
        for _ in range(OF_ONE_SOURCE + 20):
            assert (await box.receive(till.region, forged, "203.0.113.9")).name == "bad_signature"
        assert (await box.receive(till.region, till.told(order), "203.0.113.9")).name == "applied"
        clock.travel(clock.now() + timedelta(minutes=1))
        await box.receive(till.region, forged, "203.0.113.9")
    async with house.office.database.connect() as db:
        outcomes = list(await db.scalars(select(inbox.c.outcome)))
        assert len((await db.execute(select(office_case))).all()) == 1
    assert (outcomes.count("bad_signature"), outcomes.count("applied")) == (OF_ONE_SOURCE + 1, 1)
