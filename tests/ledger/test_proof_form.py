import json
from datetime import date
from hashlib import sha256

import pytest

from foundation.errors import BadInput
from ledger import DayHead, LaneEnd, Proof
from ledger.merkle import path_to, root_of
from ledger.proof_form import LaneForm, ProofForm, ProofNotReadable, hash_of, read_proof

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


def test_a_refusal_says_where_and_what() -> None:
    form = json.loads(ProofForm.of(PROOF).model_dump_json())
    form["day"]["lanes"][0]["hash"] = "07" * 31 + "0G"
    with pytest.raises(ProofNotReadable) as refused:
        read_proof(json.dumps(form))
    assert (refused.value.field, refused.value.value) == ("day.lanes.0.hash", "07" * 31 + "0G")
    assert refused.value.allowed == (
        f"Value error, hash: '{'07' * 31}0G' is not allowed; allowed: 64 hex digits in small letters"
    )
    with pytest.raises(ProofNotReadable) as refused:
        read_proof("[]")
    assert (refused.value.field, refused.value.value) == ("proof", [])


def test_a_hash_made_in_memory_has_its_length() -> None:
    with pytest.raises(ValueError, match=r"Value error, a hash has 32 bytes \["):
        LaneForm(lane=1, seq=1, hash=bytes(31))
    assert LaneForm(lane=1, seq=1, hash=bytes(32)).model_dump(mode="json")["hash"] == "00" * 32


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, " " + "0" * 63])
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        hash_of(text)
    assert (refused.value.field, refused.value.value) == ("hash", text)
    assert refused.value.allowed == "64 hex digits in small letters"


def test_a_hash_is_read_from_its_digits() -> None:
    digits = "0123456789abcdef" * 4
    assert hash_of(digits).hex() == digits
