"""The page that checks proofs says what `Proof.holds` says, also saved to a disk and without a network."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from ledger import DayHead, Entry, EntryKind, LaneEnd, Proof, Transfer
from ledger.merkle import path_to, root_of
from ledger.proof_form import ProofForm

Bearer = Callable[..., dict[str, str]]

DAY = date(2026, 3, 17)


def digest(word: object) -> bytes:
    return hashlib.sha256(str(word).encode()).digest()


def proof_of(size: int, index: int) -> Proof:
    """A proof in a day of `size` entries whose entry names a payment."""
    transfer = Transfer("341502:channel_transit:unionpay", "341502:receivable:all", 1_508_000)
    entry = Entry(UUID(int=index + 1), EntryKind.payment_received, DAY, "order 权利人 1", (transfer,))
    leaves = [digest(place) for place in range(size)]
    leaves[index] = entry.digest()
    lanes = (LaneEnd(0, 7, digest("lane 0")), LaneEnd(1, 2, digest("lane 1")))
    day = DayHead(DAY, digest("before"), lanes, size, root_of(leaves))
    return Proof(entry.canonical(), index, tuple(path_to(leaves, index)), day)


def text_of(proof: Proof) -> str:
    return ProofForm.of(proof).model_dump_json()


@pytest.fixture
async def saved(caller: httpx.AsyncClient, tmp_path: Path) -> Path:
    """The page as a reader saves it."""
    answer = await caller.get("/proof")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "src=" not in answer.text
    assert "href=" not in answer.text
    file = tmp_path / "check.html"
    file.write_text(answer.text, encoding="utf-8")
    return file


@pytest.fixture
async def alone(chromium: Browser, saved: Path) -> Page:
    """The saved page in a browser without a network, on a small screen."""
    context = await chromium.new_context(viewport={"width": 360, "height": 740}, offline=True)
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("console", lambda message: pytest.fail(message.text))
    await page.goto(saved.as_uri())
    return page


async def test_its_hash_is_sha256(alone: Page) -> None:
    texts = ["x" * length for length in (*range(130), 1_000, 100_000)] + ["权利人" * 50]
    made = await alone.evaluate("texts => texts.map(one => hex(sha256(utf8(one))))", texts)
    assert made == [hashlib.sha256(one.encode()).hexdigest() for one in texts]


async def test_it_says_what_the_ledger_says(alone: Page) -> None:
    asked: list[tuple[str, str]] = []
    expected: list[bool] = []
    for size in range(1, 18):
        for index in range(size):
            good = proof_of(size, index)
            other = replace(good.day, lanes=good.day.lanes[:1])
            for proof, head in (
                (good, good.day.head()),
                (replace(good, entry=good.entry.replace(b"1508000", b"1508001")), good.day.head()),
                (replace(good, index=(index + 1) % size), good.day.head()),
                (replace(good, index=size), good.day.head()),
                (replace(good, path=(*good.path, digest("more"))), good.day.head()),
                (replace(good, path=good.path[:-1]), good.day.head()),
                (replace(good, path=good.path[::-1]), good.day.head()),
                (replace(good, day=other), good.day.head()),
                (replace(good, day=other), other.head()),
                (good, other.head()),
            ):
                asked.append((text_of(proof), head.hex()))
                expected.append(proof.holds(head))
    assert await alone.evaluate("asked => asked.map(([text, head]) => holds(readProof(text), head))", asked) == expected
    assert set(expected) == {True, False}


def without(name: str, at: str | None = None) -> str:
    made: dict[str, Any] = json.loads(text_of(proof_of(3, 1)))
    del (made[at] if at else made)[name]
    return json.dumps(made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '"heyi proof 1"',
        *(without(name) for name in ("form", "entry", "index", "path", "day")),
        *(without(name, "day") for name in ("day", "previous", "lanes", "entries", "root")),
        text_of(proof_of(3, 1)).replace('"index":1', '"index":-1'),
        text_of(proof_of(3, 1)).replace('"index":1', '"index":0.5'),
        text_of(proof_of(3, 1)).replace('"path":["', '"path":["g'),
        text_of(proof_of(3, 1)).replace("heyi proof 1", "heyi proof 2"),
    ],
)
async def test_what_is_no_proof_is_said(alone: Page, text: str) -> None:
    await alone.evaluate("text => { field('proof').value = text; }", text)
    await alone.fill("#head", "0" * 64)
    await alone.evaluate("check(new Event('submit'))")
    await expect(alone.locator("#verdict")).to_contain_text("这不是记账证明")


async def test_someone_checks_a_file(alone: Page, tmp_path: Path) -> None:
    proof = proof_of(5, 3)
    file = tmp_path / "proof.json"
    file.write_text(text_of(proof), encoding="utf-8")
    await alone.set_input_files("#file", file)
    await expect(alone.locator("#proof")).to_have_value(text_of(proof))
    await alone.fill("#head", f" {proof.day.head().hex().upper()} ")
    await alone.click("button")
    verdict, entry = alone.locator("#verdict"), alone.locator("#entry")
    await expect(verdict).to_contain_text("证明成立：这笔分录在 2026-03-17 封存的账簿之内")
    for word in ("收到缴款", "order 权利人 1", "¥15,080.00", "借 341502:channel_transit:unionpay", str(UUID(int=4))):
        await expect(entry).to_contain_text(word)
    assert await alone.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    await alone.fill("#head", "0" * 64)
    await alone.press("#head", "Enter")
    await expect(verdict).to_contain_text("证明不成立")
    await expect(entry).to_be_hidden()
    await alone.fill("#head", "head")
    await alone.press("#head", "Enter")
    await expect(verdict).to_contain_text("64 位")


async def test_it_speaks_english_and_is_for_everyone(caller: httpx.AsyncClient) -> None:
    page = (await caller.get("/proof?lang=en")).text
    assert "Check a proof" in page
    assert '"payment_received": "Payment received"' in page
