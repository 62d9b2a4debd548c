"""Month statements over HTTP and as pages: for the district, and for the institution that has to pay."""

from collections.abc import Callable
from io import BytesIO

import httpx
from openpyxl import load_workbook
from pypdf import PdfReader

from api.wiring import House
from foundation import clock
from settlement.months.making import settle_months
from tests.played import Played
from tests.settlement.months.test_months import BY_MONTH, confirmed, of_bank
from tests.settlement.windows.opened import BANK, opened

Bearer = Callable[..., dict[str, str]]


async def test_a_statement_is_for_the_district_and_for_its_payer(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    played.set_clocks(clock.local_now().replace(month=10, day=20, hour=10))
    views = [await confirmed(house, of_bank("mortgage", f"MONTH-{one}")) for one in range(2)]
    played.set_clocks(clock.local_now().replace(month=11, day=1))
    payer = await opened(house, "PAYER", kind="bank", identity=BY_MONTH, kinds=("mortgage",))
    other = await opened(house, "OTHER", kind="bank", identity=BANK, kinds=("mortgage",))
    agent = await opened(house, "AGENT", kind="agent", kinds=("existing_home",))
    assert await settle_months(house.office) == 1

    def at(who: object) -> dict[str, str]:
        return bearer("partner", window=who.window)  # type: ignore[attr-defined]

    for headers, seen in ((bearer("finance"), 1), (bearer("clerk"), 1), (at(payer), 1), (at(other), 0), (at(agent), 0)):
        assert len((await caller.get("/v1/month-statements", headers=headers)).json()) == seen
        assert (await caller.get("/months", headers=headers)).status_code == 200
    [head] = (await caller.get("/v1/month-statements", headers=at(payer))).json()
    address = f"/v1/month-statements/{head['id']}"
    for path in (address, f"{address}/statement.xlsx", f"{address}/statement.pdf", f"/months/{head['id']}"):
        assert (await caller.get(path, headers=at(payer))).status_code == 200, path
        for stranger in (at(other), at(agent), bearer("finance", region="360102")):
            assert (await caller.get(path, headers=stranger)).status_code == 403, path
        assert (await caller.get(path, headers=bearer("tax_officer"))).status_code == 403
    sheet = load_workbook(BytesIO((await caller.get(f"{address}/statement.xlsx", headers=at(payer))).content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:3]] == sorted(view.number for view in views)
    assert (rows[3][0], rows[3][4]) == ("合计", 160)
    text = PdfReader(BytesIO((await caller.get(f"{address}/statement.pdf", headers=at(payer))).content)).pages[0]
    assert f"示例商业银行 {clock.today().year}-10 月结单" in text.extract_text()
    shown = (await caller.get(f"/months/{head['id']}", headers=at(payer))).text
    assert "¥160.00" in shown
    assert "<svg" in shown
