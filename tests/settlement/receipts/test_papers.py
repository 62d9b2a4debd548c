"""Papers come once, byte for byte, sealed; a look at one is recorded; what an office does not give now comes later."""

import hashlib
import io

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from api.wiring import House
from foundation.errors import BadInput, HeyiError
from settlement.bills.revealing import reveal
from settlement.office import Actor
from settlement.receipts.fetching import fetch_papers, queue_missing_papers
from settlement.receipts.papers import PaperAltered, open_paper, papers_of
from tests.played import Played
from tests.settlement.receipts.conftest import arrived_shop

_OFFICER = Actor("刘洋", "finance")


def words(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


async def test_every_number_gets_its_paper_once(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    assert await fetch_papers(house.office, view.id) == 5
    assert await fetch_papers(house.office, view.id) == 0
    papers = await papers_of(house.office, [view.id])
    by_kind = sorted((one.kind, one.payer) for one in papers)
    assert by_kind == [
        ("fiscal_receipt", "transferee"),
        *[("tax_certificate", "transferee")] * 3,
        ("tax_certificate", "transferor"),
    ]
    proofs = {piece.proof.split("-")[-1] for piece in view.pieces if piece.proof}
    assert {one.number for one in papers} == proofs


async def test_the_bytes_are_those_of_the_office_and_say_number_and_amount(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await fetch_papers(house.office, view.id)
    deed = next(one for one in view.pieces if one.item == "deed_tax")
    paper = next(one for one in await papers_of(house.office, [view.id]) if one.number == deed.proof)
    file = await open_paper(house.office, paper.id, _OFFICER, "核对完税证明")
    assert hashlib.sha256(file.content).hexdigest() == paper.sha256
    shown = words(file.content)
    assert "税收完税证明" in shown
    assert paper.number in shown
    assert f"{deed.amount_fen // 100}.{deed.amount_fen % 100:02d}" in shown
    assert "陈静" in shown


async def test_what_is_stored_cannot_be_read_or_changed_there(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await fetch_papers(house.office, view.id)
    async with house.office.database.connect() as db:
        stored = bytes((await db.execute(text("SELECT sealed FROM paper LIMIT 1"))).scalar_one())
    assert b"%PDF" not in stored
    for statement in ("DELETE FROM paper", "UPDATE paper SET number = 'x'", "DELETE FROM red_receipt"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with house.office.database.begin() as db:
                await db.execute(text(statement))


async def test_a_look_needs_a_reason_and_is_recorded(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await fetch_papers(house.office, view.id)
    paper = (await papers_of(house.office, [view.id]))[0]
    with pytest.raises(BadInput):
        await open_paper(house.office, paper.id, _OFFICER, " ")
    await open_paper(house.office, paper.id, _OFFICER, "窗口补打")
    async with house.office.database.connect() as db:
        seen = (await db.execute(select(reveal).where(reveal.c.subject == paper.id))).all()
    assert [(one.actor, one.what, one.reason) for one in seen] == [("刘洋", "paper", "窗口补打")]


async def test_bytes_that_were_exchanged_are_not_given_out(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await fetch_papers(house.office, view.id)
    one, other = (await papers_of(house.office, [view.id]))[:2]
    async with house.office.database.begin() as db:
        await db.execute(text("RESET ROLE"))
        await db.execute(
            text("UPDATE paper SET sealed = (SELECT sealed FROM paper WHERE id = :other) WHERE id = :one"),
            {"one": one.id, "other": other.id},
        )
        await db.execute(text("SET ROLE heyi_app"))
    with pytest.raises(PaperAltered):
        await open_paper(house.office, one.id, _OFFICER, "窗口补打")


async def test_one_that_is_not_there_yet_holds_no_other_and_comes_later(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    played.control("faults", {"kind": "desk", "how": "paper_missing", "times": 2})
    with pytest.raises(HeyiError):
        await fetch_papers(house.office, view.id)
    assert len(await papers_of(house.office, [view.id])) == 3
    assert await queue_missing_papers(house.office) == 1
    assert await queue_missing_papers(house.office) == 0  # waits already
    assert await fetch_papers(house.office, view.id) == 2
    assert await queue_missing_papers(house.office, view.id) == 0
