"""Rule sets over HTTP: handed in as JSON or zip, approved by another, previewed, and used at once."""

import io
import zipfile
from collections.abc import Callable

import httpx
import pytest

from tests.played import home_case
from tests.settlement.rule_sets.sets import with_fee

Headers = Callable[..., dict[str, str]]


def zipped(texts: dict[str, str], around: str = "") -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(f"{around}README.md", "not a rule file")
        for path, content in texts.items():
            opened.writestr(around + path, content)
    return archive.getvalue()


async def test_a_set_by_two_people_changes_the_next_bill_only(caller: httpx.AsyncClient, bearer: Headers) -> None:
    before = (await caller.post("/v1/bills", json=home_case(), headers=bearer("clerk"))).json()
    handed = {"files": with_fee(90), "reason": "new fees"}
    proposed = await caller.post("/v1/rule-sets", json=handed, headers=bearer("tax_officer", name="li"))
    assert (proposed.status_code, proposed.json()["state"]) == (201, "proposed"), proposed.text
    address = f"/v1/rule-sets/{proposed.json()['hash']}"
    alone = await caller.post(f"{address}/approve", headers=bearer("tax_officer", name="li"))
    assert (alone.status_code, alone.json()["title"]) == (403, "not_allowed")
    assert (await caller.get(f"{address}/effect", headers=bearer("tax_officer"))).json()["differences"]
    approved = await caller.post(f"{address}/approve", headers=bearer("tax_officer", name="zhao"))
    assert (approved.status_code, approved.json()["approved_by"]) == (200, "zhao")
    after = (await caller.post("/v1/bills", json=home_case(case_number="AFTER-1"), headers=bearer("clerk"))).json()
    assert after["amount_fen"] == before["amount_fen"] + 1000
    assessed = await caller.post("/v1/assessments", json=home_case()["transaction"], headers=bearer("clerk"))
    assert assessed.json()[0]["rule_set"] == after["rule_set"] == proposed.json()["hash"]
    again = await caller.get(f"/v1/bills/{before['id']}/recomputation", headers=bearer("clerk"))
    assert (again.json()["same"], again.json()["rule_set"]) == (True, before["rule_set"])
    listed = (await caller.get("/v1/rule-sets", headers=bearer("clerk"))).json()
    assert [one["state"] for one in listed] == ["in_force", "replaced"]
    shown = (await caller.get(address, headers=bearer("clerk"))).json()
    assert shown["files"] == handed["files"]


async def test_a_zip_with_a_folder_around_is_the_same_set(caller: httpx.AsyncClient, bearer: Headers) -> None:
    headers = bearer("tax_officer") | {"Content-Type": "application/zip"}
    body = zipped(with_fee(90), "rules/")
    answer = await caller.post("/v1/rule-sets?reason=fees", content=body, headers=headers)
    assert (answer.status_code, answer.json()["version"]) == (201, "2026.12-test"), answer.text
    rejected = await caller.post(
        f"/v1/rule-sets/{answer.json()['hash']}/reject", json={"reason": "wrong figure"}, headers=bearer("tax_officer")
    )
    assert rejected.json()["state"] == "rejected"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"not json", "body"),
        (b"[" * 100_000, "body"),
        (b'{"files": {}, "reason": "fees"}', "files"),
        (b'{"files": {"../set.yaml": "a: 1"}, "reason": "fees"}', "files"),
        (b'{"files": {"set.yaml": 7}, "reason": "fees"}', "files.set.yaml"),
        (b'{"files": {"set.yaml": "a: 1"}, "reason": ""}', "reason"),
    ],
)
async def test_what_is_not_a_set_is_refused(
    body: bytes, field: str, caller: httpx.AsyncClient, bearer: Headers
) -> None:
    answer = await caller.post("/v1/rule-sets", content=body, headers=bearer("tax_officer"))
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_bad_rules_and_bad_zips_name_what_is_wrong(caller: httpx.AsyncClient, bearer: Headers) -> None:
    texts = with_fee(90) | {"set.yaml": "form: 9"}
    answer = await caller.post("/v1/rule-sets", json={"files": texts, "reason": "x2"}, headers=bearer("tax_officer"))
    assert (answer.status_code, answer.json()["title"]) == (422, "bad_rules")
    headers = bearer("tax_officer") | {"Content-Type": "application/zip"}
    broken = await caller.post("/v1/rule-sets?reason=fees", content=b"PK\x03\x04", headers=headers)
    assert (broken.status_code, broken.json()["field"]) == (422, "files")


async def test_only_tax_officers_change_rules(caller: httpx.AsyncClient, bearer: Headers) -> None:
    for role in ("clerk", "finance", "integrator"):
        assert (await caller.post("/v1/rule-sets", json={}, headers=bearer(role))).status_code == 403
        assert (await caller.post("/v1/rule-sets/x/approve", headers=bearer(role))).status_code == 403
    unknown = await caller.post(f"/v1/rule-sets/{'0' * 64}/approve", headers=bearer("tax_officer"))
    assert unknown.status_code == 404
