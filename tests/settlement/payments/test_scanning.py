"""The window scans the payer's code: paid at once, refused, or unknown and then reversed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select

from adapters.simulator.cashier import Cashier
from api.wiring import EXAMPLE_REGIONS, House, build
from foundation import clock
from foundation.errors import BadInput, Conflict
from foundation.settings import Settings
from settlement.bills.reading import BillView, read_bill
from settlement.payments.orders import CodeNotPayable
from settlement.payments.scanning import scan_payers_code
from settlement.payments.tables import channel_order
from tests.played import CLERK, Played
from tests.settlement.payments.conftest import Till

AT_ONCE = (0, 0)
CODE = "6225000000000000001"


@pytest.fixture(params=["acp", "qra"])
async def window(
    request: pytest.FixtureRequest, own_database_url: str, played: Played, tmp_path: Path
) -> AsyncIterator[Till]:
    """A house whose channels take payers' codes: at ACP those whose contract is about codes."""
    folder = tmp_path / "regions"
    folder.mkdir()
    for name in ("341502", "440305"):
        region = yaml.safe_load((EXAMPLE_REGIONS / f"{name}.yaml").read_text(encoding="utf-8"))
        if region["channel"]["kind"] == "acp":
            region["channel"]["product"] = "qr"
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(region, allow_unicode=True), encoding="utf-8")
    made = build(Settings(regions=folder), own_database_url, tmp_path / "keys", played.environment)
    yield Till(request.param, made, played)
    await made.close()
    clock.come_back()


async def scanned(till: Till, view: BillView, code: str = CODE) -> str:
    return await scan_payers_code(till.house.office, view.id, "transferee", code, CLERK, AT_ONCE)


async def states(house: House) -> list[str]:
    async with house.office.database.connect() as db:
        return list(await db.scalars(select(channel_order.c.state).order_by(channel_order.c.id)))


async def test_the_money_is_taken_at_once(window: Till) -> None:
    view = await window.bill()
    for _ in view.shares[0].orders:
        assert await scanned(window, view) == "paid"
    assert (await read_bill(window.house.office, view.id)).state == "paid"
    with pytest.raises(CodeNotPayable, match=r"Nothing is due|no longer valid"):
        await scanned(window, view)


@pytest.mark.parametrize("how", ["pending", "too_often", "forged", "unavailable", "not_found"])
async def test_what_stays_unknown_is_reversed_and_can_be_paid_again(window: Till, how: str) -> None:
    view = await window.bill()
    window.played.control("faults", {"kind": "query", "how": how, "times": 2})
    assert await scanned(window, view) == "reversed"
    (order,) = window.played.simulator.world.orders.values()
    assert order.is_reversed
    assert await scanned(window, view) == "paid"
    assert await states(window.house) == ["reversed", "paid"]


async def test_a_lost_answer_is_found_by_asking(window: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    view = await window.bill()
    real = Cashier.pay

    async def breaks_off(self: Cashier, order: object) -> None:
        await real(self, order)  # type: ignore[arg-type]
        raise ConnectionError

    monkeypatch.setattr(Cashier, "pay", breaks_off)
    assert await scanned(window, view) == "paid"


async def test_a_no_of_the_channel_frees_the_share(window: Till) -> None:
    view = await window.bill()
    with pytest.raises(BadInput, match="payer's code"):
        await scanned(window, view, "not a code!")
    assert await states(window.house) == ["not_paid"]
    assert await scanned(window, view) == "paid"


async def test_a_payment_under_way_on_the_phone_is_not_crossed(window: Till) -> None:
    view = await window.bill()
    await window.started(view)
    with pytest.raises(CodeNotPayable, match="ask the channel first"):
        await scanned(window, view)


async def test_a_channel_without_it_says_so(till: Till) -> None:
    if till.channel == "qra":
        pytest.skip("QRA takes payers' codes")
    view = await till.bill()
    with pytest.raises(Conflict, match="let the payer scan"):
        await scan_payers_code(till.house.office, view.id, "transferee", CODE, CLERK, AT_ONCE)
    assert await states(till.house) == []
