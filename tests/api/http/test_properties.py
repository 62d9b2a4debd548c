"""One property over the years: as page, API and Excel; the QR for its title; unit codes with a yes."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
from openpyxl import load_workbook

from api.title_qr import title_address
from api.wiring import House
from foundation import clock
from settlement.clearance.telling import tell_registry
from settlement.property.history import taxed_items
from settlement.receipts.fetching import fetch_papers
from tests.played import Played, shop_case
from tests.settlement.receipts.conftest import arrived_shop

Bearer = Callable[..., dict[str, str]]
_SAME = {"Origin": "http://heyi.test"}
_TITLE = "皖(2026)六安市不动产权第0001234号"


async def test_everything_of_a_property_masked_as_page_api_and_excel(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await arrived_shop(house, played)
    await fetch_papers(house.office, view.id)
    told = {"case_number": view.case_number, "title_number": _TITLE, "registered_at": clock.now().isoformat()}
    assert (await caller.post("/v1/registrations", json=told, headers=bearer("integrator"))).status_code == 201
    old = {"item": "deed_tax", "amount_fen": 900_000, "paid_on": "2019-05-06", "certificate_number": "OLD-0001"}
    brought = await caller.post(
        "/v1/earlier-payments", json=[{**old, "title_number": _TITLE}], headers=bearer("tax_officer")
    )
    assert brought.json() == {"taken_in": 1, "candidates": 1}
    page = (await caller.get("/unit-codes", headers=bearer("clerk"))).text
    assert "97%" in page
    [address] = re.findall(r'action="(/unit-codes/[^"]+)"', page)
    assert (await caller.post(address, data={"said": "yes"}, headers=bearer("clerk") | _SAME)).status_code == 303

    found = (await caller.get(f"/v1/properties/{view.unit_code}", headers=bearer("finance"))).json()
    assert [one["bill"]["number"] for one in found["bills"]] == [view.number]
    assert len(found["bills"][0]["papers"]) == 5
    assert found["bills"][0]["registration"]["title_number"] == _TITLE
    assert [one["certificate_number"] for one in found["earlier"]] == ["OLD-0001"]
    book = await caller.get(f"/v1/properties/{view.unit_code}/export", headers=bearer("finance"))
    sheets = load_workbook(io.BytesIO(book.content)).worksheets
    assert [sheet.max_row for sheet in sheets] == [6, 6, 2, 2]
    html = (await caller.get(f"/property/{view.unit_code}", headers=bearer("tax_officer"))).text
    assert _TITLE in html
    for text in (str(found), html):
        assert not any(party["name"] in text or party["identity"] in text for party in shop_case()["parties"])
    other = (await caller.get(f"/v1/properties/{view.unit_code}", headers=bearer("finance", region="360102"))).json()
    assert (other["bills"], other["earlier"]) == ([], [])
    assert (await caller.get("/v1/properties/123", headers=bearer("finance"))).status_code == 422


async def test_the_code_on_a_title_holds_the_certificates_and_cannot_be_altered(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await arrived_shop(house, played)
    svg = await caller.get(f"/v1/bills/{view.id}/title-qr.svg", headers=bearer("clerk"))
    assert svg.text.startswith("<svg")
    address = title_address(house.signer, house.office, view, await taxed_items(house.office, view.id))
    path = "/t/" + address.rsplit("/", 1)[-1]
    page = (await caller.get(path)).text
    assert all(str(one.proof) in page for one in view.pieces if one.leg == "tax")
    head, body, mark = path.split(".")
    altered = ".".join((head, body[:-4] + ("AAAA" if body[-4:] != "AAAA" else "BBBB"), mark))
    assert (await caller.get(altered)).status_code == 404


async def test_the_tax_officer_sees_loops_that_stay_open(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await arrived_shop(house, played)
    await tell_registry(house.office, view.id)
    played.set_clocks(clock.now() + timedelta(days=31))
    loops = (await caller.get("/v1/open-loops", headers=bearer("tax_officer"))).json()
    assert [(one["case_number"], one["stage"]) for one in loops] == [(view.case_number, "not_registered")]
    page = (await caller.get("/tax", headers=bearer("tax_officer"))).text
    assert "未收到登簿结果" in page
    assert view.case_number in page
