"""The form of a new case: its fields as the rules know them, and the way from what was typed to a case.

A field that is left empty is left out of the transaction: unknown is not zero.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation import clock
from foundation.errors import BadInput
from foundation.money import fen_of, plain_yuan
from settlement.assessment import rules_in_force
from settlement.bills.reading import BillView
from settlement.identities import IDENTITY_KINDS
from settlement.kinds import DEFAULT, BusinessKind, business_kind
from settlement.regions import Region

PARTIES_MAX = 4
"""People of one side in this form; more come in over the interface."""

_MORE_FACTS = (
    "location",
    "declaration_date",
    "certificates",
    "property.housing_kind",
    "property.ordinary",
    "price.vat_stated_separately",
    "price.vat_fen",
    "price.assessed_fen",
    "transferee.small_enterprise",
    "transferee.relation_to_transferor",
    "transferor.small_enterprise",
    "transferor.title_issued_on",
    "transferor.deed_tax_paid_on",
    "transferor.acquired_by",
    "transferor.original_price_fen",
    "transferor.original_deed_tax_fen",
    "land_premium_fen",
)
"""What some transfers need; folded away until asked for."""

_DEFAULTS = {
    "transfer": "sale",
    "location": "urban",
    "property.use": "residential",
    "property.land": "granted",
    "transferee.kind": "individual",
    "transferor.kind": "individual",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One fact to be typed or chosen: its name, kind (choice, flag, count, area, fen, rate, day), label and words."""

    name: str
    kind: str
    label: Any
    words: Mapping[str, Any]
    unit: Any


def fields(names: Sequence[str]) -> tuple[Field, ...]:
    """The fields of facts, as the rules in force name them."""
    vocabulary = rules_in_force().vocabulary
    return tuple(_field(name, vocabulary[name]) for name in names if name in vocabulary)


def _field(name: str, entry: Any) -> Field:
    return Field(name, entry.kind, entry, entry.words, entry.unit)


def more_facts(kind: BusinessKind) -> tuple[str, ...]:
    """What is folded away in the form of a kind."""
    return tuple(name for name in _MORE_FACTS if name not in kind.asks) if kind.contract else ()


def empty(kind: BusinessKind) -> dict[str, str]:
    """The form as it opens: today, and what is usual at this window."""
    day = "contract_date" if kind.contract else "declaration_date"
    fixed = {name: value for name, value in kind.transaction.items() if isinstance(value, str)}
    companies = {"mortgagee"} | ({"transferor"} if fixed.get("transferor.kind") == "developer" else set())
    documents = {f"{side}.0.identity_kind": "credit_code" for side in companies}
    return {**_DEFAULTS, **documents, **fixed, "kind": kind.kind, day: clock.today().isoformat()}


def kind_of(typed: Mapping[str, str], region: Region) -> BusinessKind:
    """The kind of business of a form. BadInput where the region has none of it."""
    return business_kind(typed.get("kind", DEFAULT), region)


def filled(view: BillView) -> dict[str, str]:
    """The form with a bill's facts, to be corrected. The parties are typed again: we only show them masked."""
    typed = {"kind": view.kind, "case_number": view.case_number, "unit_code": view.unit_code}
    for name, value in _flat(view.transaction, ""):
        if name.endswith("_fen"):
            typed[name] = plain_yuan(value)
        else:
            typed[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return {**_DEFAULTS, **typed}


def facts_of(typed: Mapping[str, str], region: Region) -> dict[str, Any]:
    """The transaction that was typed, with what its kind fixes. BadInput names the field."""
    kind = kind_of(typed, region)
    facts: dict[str, Any] = {"region": region.region}
    for field in fields((*kind.asks, *more_facts(kind))):
        text = typed.get(field.name, "").strip()
        if text:
            _put(facts, field.name.split("."), _value(field, text))
    return kind.filled(facts)


def case_of(typed: Mapping[str, str], region: Region) -> dict[str, Any]:
    """The body of a new case, as `parse_case` takes it."""
    kind = kind_of(typed, region)
    return {
        "kind": kind.kind,
        "case_number": typed.get("case_number", ""),
        "unit_code": typed.get("unit_code", ""),
        "transaction": facts_of(typed, region),
        "parties": [_party(typed, side, place) for side, place in _places(typed, kind)],
    }


def field_of_party(path: str, typed: Mapping[str, str], kind: BusinessKind) -> str:
    """The form's name of a field of the case's list of parties: 'parties.1.name' → 'transferor.0.name'."""
    found = re.fullmatch(r"parties\.(\d+)\.(\w+)", path)
    if not found:
        return path
    side, within = _places(typed, kind)[int(found[1])]
    return f"{side}.{within}.{found[2]}"


def _places(typed: Mapping[str, str], kind: BusinessKind) -> list[tuple[str, int]]:
    """Side and place of every person of the form; somebody who may be left out is, where nothing was typed."""
    return [
        (side, place)
        for side, presence in kind.sides.items()
        for place in range(people(typed, side))
        if presence == "required" or typed.get(f"{side}.{place}.name") or typed.get(f"{side}.{place}.identity")
    ]


def people(typed: Mapping[str, str], side: str) -> int:
    """How many people of a side the form has, one to PARTIES_MAX."""
    text = typed.get(f"people.{side}", "1")
    return min(max(int(text), 1), PARTIES_MAX) if text.isdecimal() else 1


def _party(typed: Mapping[str, str], side: str, place: int) -> dict[str, str]:
    kind = typed.get(f"{side}.{place}.identity_kind", "")
    return {
        "side": side,
        "name": typed.get(f"{side}.{place}.name", ""),
        "identity": typed.get(f"{side}.{place}.identity", ""),
        "identity_kind": kind if kind in IDENTITY_KINDS else next(iter(IDENTITY_KINDS)),
    }


def _value(field: Field, text: str) -> Any:
    match field.kind:
        case "fen":
            return fen_of(text, field.name)
        case "flag":
            return text == "true"
        case "count" | "months":
            if not text.isdecimal():
                raise BadInput(field.name, text, "a whole number")
            return int(text)
        case "day":
            return _iso_day(text)
    return text


def _iso_day(text: str) -> str:
    """A day as hands on a number pad type it, 20261120 or 2026.11.20, in the form that a transaction wants."""
    found = re.fullmatch(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})", text)
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else text


def _put(facts: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for step in path[:-1]:
        facts = facts.setdefault(step, {})
    facts[path[-1]] = value


def _flat(facts: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            pairs.append((prefix + name, value))
    return pairs
