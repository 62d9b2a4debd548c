"""A card at the counter: the terminal's word never books money, the channel's does; nothing is lost or taken twice."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from adapters.simulator.records import Order
from api.wiring import EXAMPLE_REGIONS, House, build
from foundation import clock
from foundation.errors import BadInput, Conflict, NotFound
from foundation.settings import Settings
from settlement.bills.reading import BillView, read_bill
from settlement.cases.tables import office_case
from settlement.payments.cards import cancel_sale, follow_sale, latest_sales, queue_open_sales, sell_by_card
from settlement.payments.closing import cancel_code
from settlement.payments.inbox import receive_notification
from settlement.payments.orders import CodeNotPayable, TooMuchForACode, start_payment
from settlement.payments.scanning import scan_payers_code
from settlement.payments.surplus import surplus_of_bill
from settlement.payments.tables import channel_order
from settlement.ports.refusal import Refused
from tests.played import CLERK, Played, confirmed, home_case
from tests.settlement.payments.conftest import REGION_OF, Till

TERMINAL = "W1"


def counter_regions(folder: Path, **channel: Any) -> Path:
    """The example regions with a card terminal where a contract may have one; `channel` changes every contract."""
    regions = folder / "regions"
    regions.mkdir()
    for number in ("341502", "440305"):
        content = yaml.safe_load((EXAMPLE_REGIONS / f"{number}.yaml").read_text(encoding="utf-8"))
        content["channel"] |= channel
        gateway = {name: content["tax_office"][name] for name in ("address", "app_id", "secret_file")}
        content["terminals"] = {TERMINAL: {"window": "1", **gateway}}
        content["kiosks"] = {}
        (regions / f"{number}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return regions


@pytest.fixture(params=["acp", "qra"])
async def counter(
    request: pytest.FixtureRequest, own_database_url: str, played: Played, tmp_path: Path
) -> AsyncIterator[Till]:
    settings = Settings(regions=counter_regions(tmp_path))
    made = build(settings, own_database_url, tmp_path / "keys", played.environment)
    yield Till(request.param, made, played)
    await made.close()
    clock.come_back()


@pytest.fixture
async def acp(own_database_url: str, played: Played, tmp_path: Path) -> AsyncIterator[Till]:
    """For what does not depend on the channel."""
    settings = Settings(regions=counter_regions(tmp_path, code_most_fen=1_000_000))
    made = build(settings, own_database_url, tmp_path / "keys", played.environment)
    yield Till("acp", made, played)
    await made.close()
    clock.come_back()


async def sold(till: Till, view: BillView) -> Any:
    """A sale is begun; its order."""
    order_id = await sell_by_card(till.house.office, view.id, "transferee", TERMINAL, CLERK)
    async with till.house.office.database.connect() as db:
        return (await db.execute(select(channel_order).where(channel_order.c.id == order_id))).one()


def card(till: Till, how: str) -> None:
    till.played.control("cards", {"region": till.region, "terminal": TERMINAL, "how": how})


def fault(till: Till, how: str, kind: str = "terminal", **more: Any) -> None:
    till.played.control("faults", {"kind": kind, "how": how, **more})


async def followed(till: Till, row: Any, looks: int = 12) -> str:
    """Looks at a sale, at once instead of after pauses, until it is decided; the order's state."""
    for _ in range(looks):
        if await follow_sale(till.house.office, row.id) is None:
            break
    return await state(till.house, row)


async def state(house: House, row: Any) -> str:
    async with house.office.database.connect() as db:
        return str(await db.scalar(select(channel_order.c.state).where(channel_order.c.id == row.id)))


async def case_kinds(house: House) -> set[str]:
    async with house.office.database.connect() as db:
        return set(await db.scalars(select(office_case.c.kind)))


def at_channel(till: Till, row: Any) -> Order | None:
    return till.played.simulator.world.by_order_id.get(row.order_id)


def debited(till: Till, row: Any) -> Order:
    found = at_channel(till, row)
    assert found is not None
    return found


async def test_a_card_pays_as_a_code_does(counter: Till) -> None:
    view = await counter.bill()
    row = await sold(counter, view)
    card(counter, "decline")
    assert await followed(counter, row) == "reversed"
    async with counter.house.office.database.connect() as db:
        assert "余额不足" in (await latest_sales(db, view.id))["transferee"].said
    for _ in view.shares[0].orders:
        row = await sold(counter, view)
        assert await follow_sale(counter.house.office, row.id) is not None, "no card was shown yet"
        card(counter, "tap")
        assert await followed(counter, row) == "paid"
        assert await counter.hear(counter.told(debited(counter, row))) == "duplicate"
    after = await read_bill(counter.house.office, view.id)
    assert after.state == "paid"
    assert {one.state for one in after.pieces} == {"in_transit"}
    with pytest.raises(CodeNotPayable, match=r"Nothing is due|no longer valid"):
        await sold(counter, view)


async def test_what_comes_to_nothing_leaves_the_share_payable(acp: Till) -> None:
    view = await acp.bill()
    row = await sold(acp, view)
    card(acp, "walk_away")
    assert await followed(acp, row) == "reversed"
    fault(acp, "unheard")
    row = await sold(acp, view)
    assert await followed(acp, row) == "reversed"
    assert {one.state for one in acp.played.simulator.world.sales.values()} == {"cancelled"}, "nor can it come later"
    row = await sold(acp, view)
    with pytest.raises(Refused, match="busy"):
        await sold(acp, await confirmed(acp.house, home_case(case_number="ANOTHER")))
    fault(acp, "not_reversed", times=2)
    card(acp, "decline")
    assert await followed(acp, row, looks=2) == "open"
    assert await followed(acp, row) == "reversed"
    row = await sold(acp, view)
    assert await cancel_code(acp.house.office, view.id, CLERK, "放弃") == "cancelling"
    assert await followed(acp, row) == "reversed", "the terminal was told as well"


@pytest.mark.parametrize("asked", ["pending", "unavailable"])
async def test_what_was_debited_is_found_by_asking_whatever_the_terminal_says(acp: Till, asked: str) -> None:
    row = await sold(acp, await acp.bill())
    fault(acp, "silent")
    fault(acp, asked, kind="query", times=2)
    card(acp, "tap")
    assert await followed(acp, row) == "paid"
    row = await sold(acp, await confirmed(acp.house, home_case(case_number="SAYS-NO")))
    fault(acp, "declined_paid")
    card(acp, "tap")
    assert await followed(acp, row) == "paid"
    fault(acp, "lost")
    row = await sold(acp, await confirmed(acp.house, home_case(case_number="LOST")))
    fault(acp, "offline", times=3)
    card(acp, "tap")
    assert await followed(acp, row) == "paid"


async def test_what_stays_unknown_is_reversed_and_a_late_word_counts_for_nothing(acp: Till) -> None:
    view = await acp.bill()
    row = await sold(acp, view)
    fault(acp, "silent")
    fault(acp, "dropped", kind="notification")
    fault(acp, "unavailable", kind="query", times=6)
    card(acp, "tap")
    assert await followed(acp, row) == "reversed"
    order = debited(acp, row)
    assert order.is_reversed
    acp.played.simulator.faults.clear()
    assert await acp.hear(acp.told(order)) == "stale"
    assert await followed(acp, row) == "reversed"
    after = await read_bill(acp.house.office, view.id)
    assert (after.state, after.surplus) == ("confirmed", False)
    row = await sold(acp, view)  # and once more, where the acquirer says that it reversed, and did not
    fault(acp, "declined_paid")
    fault(acp, "dropped", kind="notification")
    fault(acp, "pending", kind="query")
    card(acp, "tap")
    assert await followed(acp, row) == "reversed"
    order = debited(acp, row)
    order.is_reversed = False
    assert await acp.hear(acp.told(order)) == "stale"
    assert await followed(acp, row) == "paid_late"
    async with acp.house.office.database.connect() as db:
        assert [one.kind for one in await surplus_of_bill(db, view.id)] == ["late"]


async def test_a_terminal_that_says_yes_to_nothing_is_not_believed(acp: Till) -> None:
    view = await acp.bill()
    row = await sold(acp, view)
    fault(acp, "approved_unpaid")
    card(acp, "tap")
    assert await followed(acp, row, looks=3) == "open"
    acp.played.set_clocks(row.pay_until + timedelta(seconds=1))
    assert await followed(acp, row) == "not_paid"
    assert await case_kinds(acp.house) == {"S-counter"}
    assert (await read_bill(acp.house.office, view.id)).state == "confirmed"


async def test_a_share_has_one_live_order_whatever_the_way(acp: Till) -> None:
    view = await acp.bill()
    assert view.code
    row = await sold(acp, view)
    with pytest.raises(CodeNotPayable, match="by card at the counter; wait"):
        await start_payment(acp.house.office, view.code.token, "transferee", "http://127.0.0.1/p/back")
    with pytest.raises(CodeNotPayable, match="by card at the counter; wait"):
        await sold(acp, view)
    assert await queue_open_sales(acp.house.office) == 0
    async with acp.house.office.database.begin() as db:
        await db.exec_driver_sql("DELETE FROM pgqueuer")
    assert await queue_open_sales(acp.house.office) == 1, "nobody followed it any more"
    await cancel_sale(acp.house.office, view.id, "transferee", CLERK)
    assert await state(acp.house, row) == "reversed"
    with pytest.raises(Conflict, match="No sale"):
        await cancel_sale(acp.house.office, view.id, "transferee", CLERK)


async def test_what_is_too_much_for_a_code_is_paid_by_card(acp: Till) -> None:
    view = await acp.bill()
    assert view.code
    assert view.shares[0].next_fen > 1_000_000
    with pytest.raises(TooMuchForACode, match="by card at the counter"):
        await start_payment(acp.house.office, view.code.token, "transferee", "http://127.0.0.1/p/back")
    row = await sold(acp, view)
    card(acp, "read")
    with pytest.raises(Conflict, match="wait for the bank"):
        await cancel_sale(acp.house.office, view.id, "transferee", CLERK)
    card(acp, "tap")
    assert await followed(acp, row) == "paid"
    async with acp.house.office.database.connect() as db:
        assert (await latest_sales(db, view.id))["transferee"].state == "paid"


async def test_where_there_is_no_terminal_it_is_refused_before_there_is_a_code(
    own_database_url: str, played: Played, tmp_path: Path
) -> None:
    regions = counter_regions(tmp_path, code_most_fen=1_000_000)
    path = regions / "341502.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8")) | {"terminals": {}}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    house = build(Settings(regions=regions), own_database_url, tmp_path / "keys", played.environment)
    with pytest.raises(BadInput, match="no card terminal here"):
        await Till("acp", house, played).bill()
    await house.close()


async def test_a_terminal_has_its_own_limit_and_has_to_be_there(acp: Till) -> None:
    view = await acp.bill()
    with pytest.raises(NotFound, match="no card terminal Z9"):
        await sell_by_card(acp.house.office, view.id, "transferee", "Z9", CLERK)
    region = acp.house.office.region(REGION_OF["acp"])
    small = region.terminals[TERMINAL].model_copy(update={"most_fen": 100})
    limited = region.model_copy(update={"terminals": {TERMINAL: small}})
    acp.house.districts.regions[region.region] = limited
    with pytest.raises(CodeNotPayable, match="this terminal takes"):
        await sold(acp, view)
    assert not acp.played.simulator.world.sales


async def test_the_notification_of_a_scan_that_was_reversed_is_asked_about(
    own_database_url: str, played: Played, tmp_path: Path
) -> None:
    settings = Settings(regions=counter_regions(tmp_path))
    house = build(settings, own_database_url, tmp_path / "keys", played.environment)
    till = Till("qra", house, played)
    view = await till.bill()
    fault(till, "unavailable", kind="query", times=2)
    assert (
        await scan_payers_code(house.office, view.id, "transferee", "6225000000000000001", CLERK, (0, 0)) == "reversed"
    )
    (order,) = till.played.simulator.world.orders.values()
    heard = await receive_notification(house.office, till.region, till.told(order), "203.0.113.9")
    assert heard.name == "stale"
    await house.close()
