"""The kiosk over HTTP: a known device, one visit at a time, and nothing of it afterwards."""

from uuid import UUID

import httpx
import pytest

from api.wiring import House
from settlement.allocation.following import follow_bill
from settlement.payments.queries import query_bill
from tests.api.conftest import BASE
from tests.api.pages.at_kiosk import BUYER, TOKEN
from tests.played import Played, confirmed, home_case, paid, shop_case

DEVICE = {"region": "341502", "kiosk": "K1", "token": TOKEN}


@pytest.fixture
def at(caller: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser that sends its forms from our own pages."""
    caller.headers["Origin"] = BASE
    return caller


def put_token(house: House) -> None:
    house.districts.regions["341502"].kiosks["K1"].token_file.write_text(TOKEN, encoding="ascii")


async def become(at: httpx.AsyncClient, house: House) -> None:
    put_token(house)
    answer = await at.post("/kiosk/device", data=DEVICE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/kiosk")


async def come_in(at: httpx.AsyncClient) -> None:
    typed = {"kind": BUYER["kind"], "document": BUYER["number"], "name": BUYER["name"]}
    answer = await at.post("/kiosk/type", data=typed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/kiosk/bills"), answer.text


async def test_to_anybody_else_there_is_no_kiosk(at: httpx.AsyncClient, house: House) -> None:
    put_token(house)
    for path in ("/kiosk", "/kiosk/type", "/kiosk/card", "/kiosk/bills"):
        assert (await at.get(path)).status_code == 404
    for wrong in ({"token": "x" * 64}, {"kiosk": "K9"}, {"region": "999999"}, {"token": ""}):
        assert (await at.post("/kiosk/device", data=DEVICE | wrong)).status_code == 403
    assert (
        await at.post("/kiosk/device", data=DEVICE, headers={"Origin": "https://elsewhere.test"})
    ).status_code == 403
    await become(at, house)
    kept = at.cookies.jar._cookies["heyi.test"]["/kiosk"]["heyi_kiosk"]  # type: ignore[attr-defined]
    assert kept.has_nonstandard_attr("HttpOnly")
    page = await at.get("/kiosk")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    region = house.districts.regions["341502"]
    elsewhere = region.kiosks["K1"].model_copy(update={"networks": ("10.0.0.0/8",)})
    narrowed = type(elsewhere).model_validate(elsewhere.model_dump())
    house.districts.regions["341502"] = region.model_copy(update={"kiosks": {"K1": narrowed}})
    assert (await at.get("/kiosk")).status_code == 404, "from another network"
    house.districts.regions["341502"] = region
    region.kiosks["K1"].token_file.write_text("y" * 64, encoding="ascii")
    assert (await at.get("/kiosk")).status_code == 404, "its token was exchanged"


async def test_a_visit_shows_what_is_ones_own_and_is_over_when_it_ends(at: httpx.AsyncClient, house: House) -> None:
    home, shop = await confirmed(house, home_case()), await confirmed(house, shop_case())
    await become(at, house)
    assert (await at.get("/kiosk/bills")).headers["location"] == "/kiosk"
    await come_in(at)
    listed = await at.get("/kiosk/bills")
    assert str(home.id) in listed.text
    assert str(shop.id) not in listed.text
    own = await at.get(f"/kiosk/bills/{home.id}?lang=en")
    assert "15,080.00" in own.text
    assert "State treasury" in own.text
    for path in ("", "/scan", "/receipt", "/statement.pdf", "/events"):
        assert (await at.get(f"/kiosk/bills/{shop.id}{path}")).status_code == 404
    visit = at.cookies["heyi_visit"]
    ended = await at.post("/kiosk/end")
    assert ended.headers["location"] == "/kiosk"
    assert ended.headers["clear-site-data"] == '"cache", "storage"'
    assert {"heyi_visit", "heyi_lang"} & set(at.cookies) == set()
    at.cookies.set("heyi_visit", visit, domain="heyi.test", path="/kiosk")
    again = await at.get(f"/kiosk/bills/{home.id}")
    assert (again.status_code, again.headers["location"]) == (303, "/kiosk"), "the old cookie opens nothing"


async def test_the_first_page_ends_who_was_there(at: httpx.AsyncClient, house: House) -> None:
    await confirmed(house, home_case())
    await become(at, house)
    await come_in(at)
    await at.get("/kiosk")
    assert (await at.get("/kiosk/bills")).headers["location"] == "/kiosk"


async def test_papers_are_held_to_be_printed(at: httpx.AsyncClient, house: House, played: Played) -> None:
    view = await confirmed(house, home_case())
    await become(at, house)
    await come_in(at)
    early = await at.get(f"/kiosk/bills/{view.id}/receipt")
    assert early.headers["location"] == f"/kiosk/bills/{view.id}"
    await _pay(house, played, view.id)
    slip = await at.get(f"/kiosk/bills/{view.id}/receipt")
    assert "frame-src 'self'" in slip.headers["content-security-policy"]
    assert "壹万伍仟零捌拾元整" in slip.text
    file = await at.get(f"/kiosk/bills/{view.id}/statement.pdf")
    assert file.content.startswith(b"%PDF")
    assert "frame-ancestors 'self'" in file.headers["content-security-policy"]
    assert file.headers["cache-control"] == "no-store"


async def _pay(house: House, played: Played, bill_id: UUID) -> None:
    await paid(house, played, bill_id, "transferee")
    await query_bill(house.office, bill_id)
    await follow_bill(house.office, bill_id)
