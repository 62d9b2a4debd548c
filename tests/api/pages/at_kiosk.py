"""What a person does at a kiosk, and how a browser becomes one."""

from playwright.async_api import Page

from tests.api.pages.conftest import Site

TOKEN = "a-token-of-this-kiosk-" + "0" * 42
BUYER = {"kind": "resident_id", "name": "王晓明", "number": "341502190001010016"}
"""The buyer of the demonstration's home."""

SHOP_BUYER = {"kind": "resident_id", "name": "陈静", "number": "341502190003030037"}


def let_be_a_kiosk(site: Site) -> None:
    """Puts the token of the example region's kiosk where its configuration looks for it."""
    site.house.districts.regions["341502"].kiosks["K1"].token_file.write_text(TOKEN, encoding="ascii")


async def become_the_kiosk(page: Page, address: str) -> None:
    """The browser proves that it is the kiosk, and is known from then on."""
    form = {"region": "341502", "kiosk": "K1", "token": TOKEN}
    answer = await page.request.post(f"{address}/kiosk/device", form=form, headers={"Origin": address})
    assert answer.ok, await answer.text()


def lay(site: Site, document: dict[str, str] | None) -> None:
    """Lays a document on the kiosk's reader, or takes it away."""
    site.played.control("documents", {"region": "341502", "kiosk": "K1", "document": document})


def show_card(site: Site, how: str) -> None:
    """A person before the kiosk's card terminal."""
    site.played.control("cards", {"region": "341502", "terminal": "K1", "how": how})
