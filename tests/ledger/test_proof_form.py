import json
from datetime import date
from hashlib import sha256

import pytest

from ledger import DayHead, LaneEnd, Proof
from ledger.merkle import path_to, root_of
from ledger.proof_form import ProofForm, ProofNotReadable, read_proof

LEAVES = [sha256(b"\0" + f"entry {number}\n".encode()).digest() for number in range(5)]
SEALED = DayHead(date(2026, 3, 17), bytes(32), (LaneEnd(1, 7, bytes([7]) * 32),), 5, root_of(LEAVES))
PROOF = Proof(b"entry 3\n", 3, tuple(path_to(LEAVES, 3)), SEALED)


def test_a_proof_comes_back_as_it_was() -> None:
    text = ProofForm.of(PROOF).model_dump_json()
    assert read_proof(text) == PROOF
    assert read_proof(text).holds(SEALED.head())
    plain = json.loads(text)
    assert plain["form"] == "heyi proof 1"
    assert plain["entry"] == "entry 3\n"
    assert plain["path"] == [link.hex() for link in PROOF.path]
    assert plain["day"]["lanes"] == [{"lane": 1, "seq": 7, "hash": "07" * 32}]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("form", "heyi proof 2"),
        ("index", -1),
        ("path", ["00"]),
        ("path", ["00" * 32] * 65),
        ("entry", 3),
        ("more", 1),
    ],
)
def test_what_is_no_proof_is_refused_by_field(where: str, value: object) -> None:
    form = json.loads(ProofForm.of(PROOF).model_dump_json()) | {where: value}
    with pytest.raises(ProofNotReadable) as refused:
        read_proof(json.dumps(form))
    assert refused.value.field.split(".")[0] == where


@pytest.mark.parametrize("text", ["", "[]", "{}", "proof"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ProofNotReadable):
        read_proof(text)
