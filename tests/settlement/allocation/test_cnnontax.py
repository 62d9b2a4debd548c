"""Fees over CNNONTAX: asked for after silence, confirmed by push or query, passed on later, void when withdrawn."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.non_tax.cnnontax.frame import packed
from api.pushes import fee_listener, listening_for_pushes
from api.wiring import House
from foundation import clock
from settlement.allocation.passing_on import look_what_was_passed_on
from settlement.allocation.voiding import void_pay_codes
from settlement.bills.reading import read_bill
from settlement.bills.withdrawal import withdraw_bill
from settlement.cases import office_case
from settlement.exchanges.tables import exchange, pushed
from settlement.regions import Listening
from tests.played import CLERK, Played, confirmed, home_case, over_networks
from tests.ports import kept_port
from tests.settlement.allocation.legs import codes, followed, paid_over_networks, states


async def _sent(house: House, message: str) -> list[tuple[str, str | None]]:
    wanted = select(exchange.c.state, exchange.c.result).where(exchange.c.message == message).order_by(exchange.c.id)
    async with house.office.database.connect() as db:
        return [(row.state, row.result) for row in await db.execute(wanted)]


async def _pushes(house: House) -> list[str]:
    async with house.office.database.connect() as db:
        return list(await db.scalars(select(pushed.c.outcome).order_by(pushed.c.id)))


@pytest.mark.parametrize(
    ("how", "of_5996"),
    [
        ("unheard", [("never_arrived", "8997"), ("accepted", "00000")]),
        ("lost", [("accepted", "8997")]),
        ("duplicate", [("accepted", "18002")]),
    ],
)
async def test_a_fee_is_confirmed_once_whatever_gets_lost(
    house: House, played: Played, how: str, of_5996: list[tuple[str, str]]
) -> None:
    view = await paid_over_networks(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": "non_tax", "how": how})
    await followed(house, played, view.id)
    assert (await states(house, view.id))["non_tax"] == {"arrived"}
    assert await _sent(house, "5996") == of_5996
    assert [sum(one.portions.values()) for one in played.simulator.world.pay_codes.values()] == [8_000]
    (code,) = await codes(house, view.id)
    assert code.state == "in_account"
    assert (len(code.receipt_code), len(code.receipt_number), len(code.receipt_check_code)) == (8, 10, 6)


async def test_a_push_makes_the_fee_arrive_once_however_often_it_comes(house: House, played: Played) -> None:
    region = house.office.region("360102")
    async with fee_listener(house.office, region).listening("127.0.0.1", 0) as port:
        played.control("pushes", {"region": "360102", "host": "127.0.0.1", "port": port})
        played.control("faults", {"kind": "leg", "leg": "non_tax", "how": "duplicate"})
        view = await paid_over_networks(house, played, home_case())
        await followed(house, played, view.id, steps=1)
        assert (await states(house, view.id))["non_tax"] == {"in_transit"}
        for _ in range(600):
            if len(played.simulator.cnnontax.pushed) == 2:
                break
            await asyncio.sleep(0.1)
        assert played.simulator.cnnontax.pushed == ["00000", "00000"]
    assert (await states(house, view.id))["non_tax"] == {"arrived"}
    assert await _pushes(house) == ["applied", "duplicate"]
    await followed(house, played, view.id)
    assert (await read_bill(house.office, view.id)).state == "settled"


async def test_a_push_that_nobody_can_believe_is_kept_and_opens_one_case(house: House, played: Played) -> None:
    region = house.office.region("360102")
    listener = fee_listener(house.office, region)
    secret = played.simulator.keys.gateway_secrets["360102"]
    assert await listener.answer(b"87      CNNONTAX1.05996" + b"0" * 64, "10.0.0.9") is None
    assert await listener.answer(b"rubbish", "10.0.0.9") is None
    assert await listener.answer(packed("5996", b"<CFX/>", secret), "10.0.0.9") is None
    assert await _pushes(house) == ["bad_signature"] * 3
    async with house.office.database.connect() as db:
        found = (await db.execute(select(office_case).where(office_case.c.kind == "S-forged"))).all()
    assert [(one.seen, one.facts["source"]) for one in found] == [(3, "10.0.0.9")]


async def test_the_listener_hangs_up_on_what_never_ends(house: House) -> None:
    region = house.office.region("360102")
    async with fee_listener(house.office, region).listening("127.0.0.1", 0) as port:
        for start in (b"99999999", b"hello, finance", b"12"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(start)
            writer.write_eof()
            assert await asyncio.wait_for(reader.read(), 60) == b""
            writer.close()
    assert await _pushes(house) == []


async def test_arrived_and_passed_on_are_two_states(house: House, played: Played) -> None:
    view = await paid_over_networks(house, played, home_case())
    await followed(house, played, view.id)
    assert await look_what_was_passed_on(house.office) == 0
    assert [one.state for one in await codes(house, view.id)] == ["in_account"]
    played.set_clocks(clock.now() + timedelta(hours=2))
    assert await look_what_was_passed_on(house.office) == 1
    (code,) = await codes(house, view.id)
    assert (code.state, code.passed_on_no is not None, code.passed_on_date is not None) == ("passed_on", True, True)
    assert (await states(house, view.id))["non_tax"] == {"arrived"}


async def test_the_pay_codes_of_a_withdrawn_bill_are_made_void(house: House, played: Played) -> None:
    view = await confirmed(house, over_networks(home_case()))
    await withdraw_bill(house.office, view.id, CLERK, "录入错误")
    await void_pay_codes(house.office, view.id)
    await void_pay_codes(house.office, view.id)
    assert [one.state for one in await codes(house, view.id)] == ["voided"]
    assert [one.is_void for one in played.simulator.world.pay_codes.values()] == [True]


async def test_the_doors_that_regions_name_are_opened_and_closed(house: House) -> None:
    with kept_port() as port:
        await _open_and_closed(house, port)


async def _open_and_closed(house: House, port: int) -> None:
    region = house.office.region("360102")
    line = region.non_tax.cnnontax
    assert line is not None
    named = line.model_copy(update={"push": Listening(host="127.0.0.1", port=port)})
    listens = region.model_copy(update={"non_tax": region.non_tax.model_copy(update={"cnnontax": named})})
    async with listening_for_pushes(replace(house.office, regions={"360102": listens})):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"87      CNNONTAX1.05996" + b"0" * 64)
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
    assert await _pushes(house) == ["bad_signature"]
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)
