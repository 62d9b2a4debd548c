"""The settlement statement: its words and amounts, the proofs in it, its QR's page, and who is never named."""

import io
import re
from collections.abc import Callable

import httpx
from pypdf import PdfReader

from api.wiring import House
from foundation import clock
from foundation.money import capital_yuan, yuan
from ledger import seal_day
from ledger.proof_form import read_proof
from settlement.receipts.papers import papers_of
from settlement.receipts.statements import statement_of
from tests.api.pages.test_citizen import as_party, path_of
from tests.played import Played, confirmed, shop_case
from tests.settlement.receipts.conftest import arrived_shop

Bearer = Callable[..., dict[str, str]]


def _words(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).replace("\n", "")


async def _seal(house: House) -> bytes:
    async with house.office.database.begin() as db:
        return (await seal_day(db, clock.today())).head()


async def test_the_statement_says_item_law_amount_account_and_proof(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await arrived_shop(house, played)
    path = f"/v1/bills/{view.id}/statements/transferee.pdf"
    shown = _words((await caller.get(path, headers=bearer("clerk"))).content)
    share = view.share_of("transferee")
    assert share is not None
    assert f"¥{yuan(share.amount_fen)}" in shown
    assert capital_yuan(share.amount_fen) in shown
    for piece in view.pieces:
        assert (str(piece.proof) in shown) == (piece.payer == "transferee")
    for words in ("契税", "¥1,200,000.00", "3%", "契税法", "国库", "1205010000", "财政非税专户", view.unit_code):
        assert words in shown, words
    assert "陈*" in shown
    assert not any(party["name"] in shown or party["identity"] in shown for party in shop_case()["parties"])


async def test_the_proofs_hold_under_the_published_head_and_come_when_the_day_is_sealed(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await arrived_shop(house, played)
    path = f"/v1/bills/{view.id}/statements/transferee.pdf"
    before = PdfReader(io.BytesIO((await caller.get(path, headers=bearer("clerk"))).content))
    assert not before.attachments
    head = await _seal(house)
    content = (await caller.get(path, headers=bearer("clerk"))).content
    after = PdfReader(io.BytesIO(content))
    proofs = [read_proof(file) for [file] in after.attachments.values()]
    assert len(proofs) == 1 + len([one for one in view.pieces if one.payer == "transferee"])
    assert all(one.holds(head) for one in proofs)
    assert head.hex() in _words(content).replace(" ", "")
    assert content == (await caller.get(path, headers=bearer("finance"))).content
    kept = [one for one in await papers_of(house.office, [view.id]) if one.kind == "statement"]
    assert len(kept) == 2  # each version that was handed out, once


async def test_anyone_verifies_by_the_code_and_takes_the_proofs(
    caller: httpx.AsyncClient, house: House, played: Played
) -> None:
    view = await arrived_shop(house, played)
    head = await _seal(house)
    token = (await statement_of(house.office, view.id, "transferee")).token
    page = (await caller.get(f"/v/{token}")).text
    assert "本单属实" in page
    assert head.hex() in page
    assert 'href="/proof"' in page
    assert view.unit_code not in page
    assert not any(party["name"] in page for party in shop_case()["parties"])
    files = re.findall(rf'href="(/v/{token}/proof-\d+\.json)"', page)
    assert files
    for file in files:
        assert read_proof((await caller.get(file)).content).holds(head)
    assert (await caller.get("/v/nobody-knows-this")).status_code == 404
    assert (await caller.get(f"/v/{token}/proof-99.json")).status_code == 404


async def test_a_party_downloads_their_own_statement(caller: httpx.AsyncClient, house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    path = path_of(view)
    assert (await caller.get(f"{path}/statement.pdf")).status_code == 303
    page = await as_party(caller, path, "0042")
    assert f"{path}/statement.pdf" in page.text
    shown = _words((await caller.get(f"{path}/statement.pdf")).content)
    assert "赵**" in shown
    assert "¥300.00" in shown
    assert "36,000.00" not in shown


async def test_nothing_paid_no_statement(caller: httpx.AsyncClient, house: House, bearer: Bearer) -> None:
    view = await confirmed(house, shop_case())
    answer = await caller.get(f"/v1/bills/{view.id}/statements/transferee.pdf", headers=bearer("clerk"))
    assert answer.status_code == 409
