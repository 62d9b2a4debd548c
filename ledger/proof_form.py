"""A proof as JSON: what a payer takes home, and what anyone can check with the published head and nothing else.

The entry stands in its canonical text form; hashes are 64 hex digits.
"""

import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from foundation.errors import BadInput
from ledger.evidence import DayHead, LaneEnd, Proof


class ProofNotReadable(BadInput):
    """What should be a proof is not in the form of one."""

    code = "ledger_proof_not_readable"


def hash_of(text: str) -> bytes:
    """A hash from its 64 hex digits. Raises `BadInput`."""
    if len(text) == 64 and all(digit in "0123456789abcdef" for digit in text):
        return bytes.fromhex(text)
    raise BadInput("hash", text, "64 hex digits in small letters")


def _read(value: object) -> object:
    try:
        return hash_of(value) if isinstance(value, str) else value
    except BadInput as error:
        raise ValueError(error.detail) from None


def _is_hash(value: bytes) -> bytes:
    if len(value) != 32:
        raise ValueError("a hash has 32 bytes")
    return value


_Hash = Annotated[bytes, BeforeValidator(_read), AfterValidator(_is_hash), PlainSerializer(bytes.hex, return_type=str)]
_STRICT = ConfigDict(frozen=True, extra="forbid")


class LaneForm(BaseModel):
    """The last batch of a lane that the day covers."""

    model_config = _STRICT
    lane: int
    seq: int
    hash: _Hash


class DayForm(BaseModel):
    """What the day's head is made of."""

    model_config = _STRICT
    day: datetime.date
    previous: _Hash
    lanes: tuple[LaneForm, ...]
    entries: int
    root: _Hash


class ProofForm(BaseModel):
    """That an entry is in the book of a day."""

    model_config = _STRICT
    form: Literal["heyi proof 1"] = "heyi proof 1"
    entry: str
    index: int = Field(ge=0)
    path: tuple[_Hash, ...] = Field(max_length=64)
    day: DayForm

    @classmethod
    def of(cls, proof: Proof) -> "ProofForm":
        """The form of a proof."""
        sealed = proof.day
        lanes = tuple(LaneForm(lane=end.lane, seq=end.seq, hash=end.hash) for end in sealed.lanes)
        day = DayForm(day=sealed.day, previous=sealed.previous, lanes=lanes, entries=sealed.entries, root=sealed.root)
        return cls(entry=proof.entry.decode(), index=proof.index, path=proof.path, day=day)

    def proof(self) -> Proof:
        """The proof in this form; whether it holds is the proof's to say."""
        lanes = tuple(LaneEnd(one.lane, one.seq, one.hash) for one in self.day.lanes)
        day = DayHead(self.day.day, self.day.previous, lanes, self.day.entries, self.day.root)
        return Proof(self.entry.encode(), self.index, self.path, day)


def read_proof(text: str | bytes) -> Proof:
    """The proof in a JSON text. Raises `ProofNotReadable`, which names the field."""
    try:
        return ProofForm.model_validate_json(text).proof()
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(step) for step in fault["loc"]) or "proof"
        raise ProofNotReadable(where, fault.get("input"), fault["msg"]) from None
