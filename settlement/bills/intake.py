"""What the registration window hands in: a case with its transaction and parties, checked at the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foundation.errors import BadInput
from settlement.assessment import Transaction
from settlement.homes import Homes, parse_homes
from settlement.identities import checked_identity, unit_code
from settlement.kinds import DEFAULT, BusinessKind, business_kind
from settlement.kinds.kind import Side
from settlement.messages.contacts import checked_phone
from settlement.regions import PriceBasis
from settlement.shares import Split


class _Party(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    side: Side
    name: str = Field(min_length=1, max_length=200)
    identity: str = Field(min_length=1, max_length=40)
    identity_kind: str = "resident_id"
    phone: str | None = None


class _Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: str = DEFAULT
    case_number: str = Field(pattern=r"^[0-9A-Za-z\-]{4,40}$")
    unit_code: str
    transaction: dict[str, Any]
    parties: tuple[_Party, ...] = Field(min_length=1, max_length=40)
    split: Split | None = None
    homes: dict[str, Any] | None = None
    price_basis: PriceBasis | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """A party with its identity number in canonical writing."""

    side: str
    name: str
    identity_kind: str
    identity: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A case ready to be assessed. `facts` is its transaction, to be stored with the bill."""

    kind: BusinessKind
    case_number: str
    unit_code: str
    transaction: Transaction
    facts: Mapping[str, Any]
    parties: tuple[Party, ...]
    split: Split
    homes: Homes | None = None
    price_basis: PriceBasis | None = None


def parse_case(content: Mapping[str, Any]) -> Case:
    """Parses the body of `POST /v1/bills`. BadInput names the first field that cannot be taken."""
    try:
        given = _Case.model_validate(content)
    except ValidationError as error:
        raise first_fault(error) from None
    parties = tuple(
        Party(
            party.side,
            party.name,
            party.identity_kind,
            checked_identity(party.identity_kind, party.identity, f"parties[{place}].identity"),
            checked_phone(party.phone, f"parties[{place}].phone") if party.phone else None,
        )
        for place, party in enumerate(given.parties)
    )
    kind = business_kind(given.kind)
    kind.check_parties({party.side for party in parties})
    facts = kind.filled(given.transaction)
    transaction = Transaction.parse(facts)
    if kind.contract and transaction.contract_date is None:
        raise BadInput("transaction.contract_date", None, "the day of the contract, which the tax office has to know")
    return Case(
        kind,
        given.case_number,
        unit_code(given.unit_code),
        transaction,
        facts,
        parties,
        given.split or kind.split,
        None if given.homes is None else _homes(given.homes, transaction, parties),
        given.price_basis,
    )


def _homes(content: Mapping[str, Any], transaction: Transaction, parties: tuple[Party, ...]) -> Homes:
    """Family and holdings from which the homes are counted: then their number is not given as well."""
    if transaction.transferee.homes_owned is not None:
        raise BadInput("transaction.transferee.homes_owned", transaction.transferee.homes_owned, "none beside homes")
    homes = parse_homes(content)
    buyers = {one.identity for one in homes.family if one.role == "buyer"}
    acquiring = {one.identity for one in parties if one.side == "transferee" and one.identity_kind != "credit_code"}
    if not buyers <= acquiring:
        raise BadInput("homes.family", "a buyer who is no party", "buyers who stand among the transferees")
    if acquiring - {one.identity for one in homes.family}:
        raise BadInput("homes.family", "a transferee is missing", "every transferee, whose homes count too")
    return homes


def parse_split(content: Any) -> Split:
    """Parses a choice of payer given on its own. BadInput names the field."""
    try:
        return Split.model_validate(content)
    except ValidationError as error:
        raise first_fault(error, "split") from None


def first_fault(error: ValidationError, under: str = "") -> BadInput:
    """The first thing that pydantic did not like, in our words."""
    fault = error.errors()[0]
    steps = ([under] if under else []) + [str(step) for step in fault["loc"]]
    return BadInput(".".join(steps) or "body", fault.get("input"), fault["msg"])
