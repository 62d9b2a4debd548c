"""Reads formulas from YAML: every name resolved, every word known, or BadRules that says what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from settlement.assessment.errors import BadRules
from settlement.assessment.formulas import (
    OPERATIONS,
    UNITS,
    Charge,
    Fact,
    Formula,
    IfKnown,
    Literal,
    Operation,
    Parameter,
    Quantity,
    Rounded,
    Row,
    Table,
    Years,
)
from settlement.assessment.trace import Number
from settlement.assessment.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Names:
    """What a name can mean; in the copy of a charge for one payer, `payer.` is that party."""

    vocabulary: Vocabulary
    quantities: frozenset[str]
    parameters: frozenset[str]
    charges: frozenset[str]
    payer: str = ""

    def fact_of(self, name: str) -> str:
        party = {"borrower": "mortgage.borrower"}.get(self.payer, self.payer)
        if name.startswith("payer."):
            name = party + name.removeprefix("payer")
        if name not in self.vocabulary:
            raise BadRules(f"{name}: no such fact in facts.yaml")
        return name

    def parameter_of(self, name: str) -> str:
        if name not in self.parameters:
            raise BadRules(f"{name}: no such parameter is declared")
        return name

    def charge_of(self, name: str) -> str:
        if name not in self.charges:
            raise BadRules(f"{name}: no such charge")
        return name

    def formula_of(self, name: str) -> Formula:
        if name.startswith("parameters."):
            return Parameter(self.parameter_of(name.removeprefix("parameters.")))
        return Quantity(name) if name in self.quantities else Fact(self.fact_of(name))


def parse(raw: Any, names: Names) -> Formula:
    """Reads a formula; raises BadRules naming what is wrong."""
    if isinstance(raw, str):
        return names.formula_of(raw)
    if not isinstance(raw, Mapping) or not raw:
        raise BadRules(f"{raw!r} is not a formula; see docs/assessment.md for the forms")
    form = next(iter(raw))
    if form not in _READERS:
        raise BadRules(f"{form}: no such form; the forms are {', '.join(_READERS)}")
    extra = set(raw) - {form, *_SECOND_WORDS.get(form, ())}
    if extra:
        raise BadRules(f"{form}: unknown words {sorted(extra)}")
    return _READERS[form](form, raw, names)


def _literal(form: str, raw: Mapping[str, Any], names: Names) -> Formula:
    return Literal(whole(Fraction(str(raw[form])) * (100 if form == "yuan" else 1)))


def _operation(form: str, raw: Mapping[str, Any], names: Names) -> Formula:
    parts = raw[form] if isinstance(raw[form], list) else [raw[form]]
    return Operation(form, tuple(parse(part, names) for part in parts))


def _or_zero(form: str, raw: Mapping[str, Any], names: Names) -> Formula:
    return Fact(names.fact_of(raw[form]), or_zero=True)


def _if_known(form: str, raw: Mapping[str, Any], names: Names) -> Formula:
    *facts, otherwise = raw[form]
    return IfKnown(tuple(Fact(names.fact_of(name)) for name in facts), parse(otherwise, names))


def _rounded(form: str, raw: Mapping[str, Any], names: Names) -> Formula:
    unit = raw.get("to", "fen")
    if unit not in UNITS:
        raise BadRules(f"round: {unit!r} is not one of {', '.join(UNITS)}")
    return Rounded(parse(raw[form], names), unit)


def _years(form: str, raw: Mapping[str, Any], names: Names) -> Formula:
    body = raw[form]
    return Years(names.fact_of(body["since"]), names.fact_of(body["until"]), body["part_counts_over_months"])


def _charge(form: str, raw: Mapping[str, Any], names: Names) -> Formula:
    return Charge(names.charge_of(raw[form]), raw["payer"])


def _brackets(form: str, raw: Mapping[str, Any], names: Names) -> Formula:
    rows = []
    for row in raw[form]["rows"]:
        bound = whole(Fraction(str(row["up_to"]))) if "up_to" in row else None
        rows.append(Row(bound, parse(row["value"], names)))
    return Table(form, parse(raw[form]["by"], names), tuple(rows))


def _choice(form: str, raw: Mapping[str, Any], names: Names) -> Formula:
    rows = tuple(Row(str(key), parse(value, names)) for key, value in raw[form]["rows"].items())
    return Table(form, parse(raw[form]["by"], names), rows)


_READERS: Mapping[str, Callable[[str, Mapping[str, Any], Names], Formula]] = {
    "yuan": _literal,
    "number": _literal,
    **dict.fromkeys(OPERATIONS, _operation),
    "or_zero": _or_zero,
    "if_known": _if_known,
    "round": _rounded,
    "years": _years,
    "charge": _charge,
    "brackets": _brackets,
    "choice": _choice,
}
_SECOND_WORDS: Mapping[str, tuple[str, ...]] = {"round": ("to",), "charge": ("payer",)}


def whole(value: Fraction) -> Number:
    """An integer where the fraction is one."""
    return value.numerator if value.denominator == 1 else value
