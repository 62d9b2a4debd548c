"""What each form of formula says of itself in the trace: from it clerks and auditors read how an amount came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pytest

from settlement.assessment.errors import BadRules, NeedsFact
from settlement.assessment.formulas import (
    Fact,
    Formula,
    Literal,
    Operation,
    Rounded,
    Row,
    Table,
    Years,
    day_value,
    everything_in,
)
from settlement.assessment.trace import Step, Value


@dataclass(frozen=True, slots=True)
class Known:
    """A run over facts alone."""

    facts: Mapping[str, Value]

    def fact(self, name: str) -> Value | None:
        return self.facts.get(name)

    def day(self, name: str) -> date | None:
        return day_value(self.fact(name))

    def parameter(self, name: str) -> Step:
        raise NeedsFact(name)

    def setting(self, name: str) -> Value:
        raise NeedsFact(name)

    def quantity(self, name: str) -> Step:
        raise NeedsFact(name)

    def charge(self, name: str, payer: str) -> Step:
        raise NeedsFact(name)


KNOWN = Known({"area": 90, "use": "shop", "since": date(2019, 7, 1), "until": date(2026, 3, 1)})
AREA = Fact("area")
BY_AREA = Table(
    "brackets",
    AREA,
    (Row(60, Literal(1)), Row(90, Literal(2)), Row(Fraction(1441, 10), Literal(3)), Row(None, Literal(4))),
)
BY_USE = Table("choice", Fact("use"), (Row("home", Literal(5)), Row("shop", Literal(6))))
SEEN = Step("fact", 90, name="area")


@pytest.mark.parametrize(
    ("formula", "step"),
    [
        (Literal(8_000), Step("number", 8_000)),
        (AREA, SEEN),
        (Fact("discount", or_zero=True), Step("fact", 0, name="discount")),
        (Operation("minus", (AREA, Literal(7))), Step("minus", 83, (SEEN, Step("number", 7)))),
        (Operation("not_below_zero", (Literal(-7),)), Step("not_below_zero", 0, (Step("number", -7),))),
        (
            Rounded(Operation("divide", (AREA, Literal(4))), "fen"),
            Step(
                "round",
                23,
                (Step("divide", Fraction(45, 2), (SEEN, Step("number", 4))),),
                detail={"to": "fen"},
            ),
        ),
        (Rounded(AREA, "yuan"), Step("round", 100, (SEEN,), detail={"to": "yuan"})),
        (
            Years("since", "until", 6),
            Step("years", 7, detail={"since": "2019-07-01", "until": "2026-03-01", "over_months": 6}),
        ),
        (BY_AREA, Step("brackets", 2, (SEEN, Step("number", 2)), detail={"row": 2, "above": "60", "up_to": "90"})),
        (
            BY_USE,
            Step("choice", 6, (Step("fact", "shop", name="use"), Step("number", 6)), detail={"row": 2, "for": "shop"}),
        ),
    ],
    ids=lambda one: getattr(one, "form", type(one).__name__),
)
def test_a_step_says_its_form_its_value_and_what_it_was_made_of(formula: Formula, step: Step) -> None:
    assert formula.evaluate(KNOWN) == step


@pytest.mark.parametrize(
    ("area", "bounds"),
    [
        (60, {"row": 1, "up_to": "60"}),
        (61, {"row": 2, "above": "60", "up_to": "90"}),
        (144, {"row": 3, "above": "90", "up_to": "1441/10"}),
        (145, {"row": 4, "above": "1441/10"}),
    ],
)
def test_brackets_name_the_bounds_of_the_row_they_took(area: int, bounds: Mapping[str, Value]) -> None:
    assert BY_AREA.evaluate(Known({"area": area})).detail == bounds


def test_a_fact_that_is_missing_is_asked_for_by_its_name() -> None:
    with pytest.raises(NeedsFact) as asked:
        Fact("discount").evaluate(KNOWN)
    assert asked.value.name == "discount"


@pytest.mark.parametrize("missing", ["since", "until"])
def test_years_need_both_days(missing: str) -> None:
    known = Known({name: day for name, day in KNOWN.facts.items() if name != missing})
    with pytest.raises(BadRules, match="since and until must be days"):
        Years("since", "until", 6).evaluate(known)


def test_years_stand_on_both_of_their_days() -> None:
    years = Years("since", "until", 6)
    assert list(everything_in(years)) == [years, Fact("since"), Fact("until")]


def test_what_is_no_day_is_named() -> None:
    with pytest.raises(BadRules, match="'2026-03-01' is not a day"):
        day_value("2026-03-01")
