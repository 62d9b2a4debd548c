"""Whose money is whose, where nobody says of which payment a voucher's money (TIPS) or a refund (ChinaUMS) is."""

from datetime import timedelta

import pytest

from adapters.simulator.records import Order, Part, Voucher
from adapters.simulator.world import World
from tests.adapters.simulator.parties import REGION, SETUP, UNIT_CODE

TAXES, FEES = REGION.treasury_receiver, REGION.non_tax_receiver


@pytest.fixture
def world() -> World:
    return World(SETUP)


def paid(world: World, order_id: str, **fen: int) -> str:
    """The query id of an order that was paid, with so many fen for taxes and fees."""
    parts = tuple(Part({"taxes": TAXES, "fees": FEES}[name], amount) for name, amount in fen.items())
    fields = {
        "merId": REGION.merchant,
        "orderId": order_id,
        "txnTime": "20260317120000",
        "txnAmt": str(sum(fen.values())),
    }
    return world.pay(world.open_order(fields, parts, world.clock.now() + timedelta(minutes=1))).query_id


def taken(world: World, query_id: str, amount_fen: int) -> None:
    """A voucher of the bill 1 has its money of this payment."""
    order: Order = world.by_query_id[query_id]
    voucher = Voucher(
        "1",
        REGION.region,
        "C1",
        "T1",
        "王敏",
        REGION.office_code,
        "L1",
        "transferee",
        "deed_tax",
        amount_fen,
        UNIT_CODE,
        "",
    )
    voucher.taken_under = "1"
    voucher.portions[order.order_id, query_id] = amount_fen
    world.vouchers["L1"] = voucher
    assert world.claim(TAXES, order.order_id, query_id, amount_fen)


def test_money_that_is_only_not_divided_yet_is_not_looked_for_among_that_of_many(world: World) -> None:
    own, of_many = paid(world, "1A01", taxes=700), paid(world, "9J001", taxes=700)
    world.by_query_id[own].is_withheld = True
    assert world.payments_for("1", TAXES, 700) == []
    assert world.payments_for("2", TAXES, 700) == [("9J001", of_many, 700)]


def test_what_its_own_payments_do_not_bring_is_looked_for_among_that_of_many(world: World) -> None:
    own, of_many = paid(world, "1A01", taxes=300), paid(world, "9J001", taxes=400)
    assert world.payments_for("1", TAXES, 700) == [("1A01", own, 300), ("9J001", of_many, 400)]


def test_only_a_payment_of_the_same_bill_stands_in_for_one_that_goes_back(world: World) -> None:
    first, _ = paid(world, "1A01", taxes=700, fees=80), paid(world, "9J001", taxes=700, fees=80)
    taken(world, first, 700)
    world.claim(FEES, "1A01", first, 80)
    world.spare(first, TAXES, 700)
    world.spare(first, FEES, 80)
    assert (world.left(first, TAXES), world.left(first, FEES)) == (0, 0)
    paid(world, "1A02", taxes=700)
    world.spare(first, TAXES, 700)
    assert world.left(first, TAXES) == 700


@pytest.mark.parametrize(("channel", "is_there"), [("ums", True), ("acp", False)])
def test_a_refund_that_names_no_payment_leaves_the_money_of_the_one_that_is_wanted(
    world: World, channel: str, is_there: bool
) -> None:
    wanted = paid(world, "1A01", taxes=700, fees=80)
    order = world.by_query_id[wanted]
    order.channel = channel
    world.take_money(order)
    given = world.give_back(order.fields, order, order.payments[0], (Part(TAXES, 700), Part(FEES, 80)))
    assert world.claim(TAXES, "1A01", wanted, 700) is is_there
    assert world.claim(FEES, "1A01", wanted, 80) is is_there
    assert given.payment is order.payments[is_there]
    assert sum(world.left(each.query_id, TAXES) for each in order.payments) == (0 if is_there else 700)
