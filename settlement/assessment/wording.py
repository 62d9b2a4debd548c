"""What a rule says, in the words of the rule files on one line: for `heyi rules show` and `heyi rules diff`."""

from settlement.assessment.conditions import Condition
from settlement.assessment.formulas import (
    Charge,
    Fact,
    Formula,
    IfKnown,
    Literal,
    Operation,
    Parameter,
    Quantity,
    Rounded,
    Table,
    Years,
)
from settlement.assessment.pays import Amount, ByBrackets, Each, Nothing, Pays, Rate
from settlement.assessment.resolution import Active
from settlement.assessment.trace import exact_text

_SIGNS = {"plus": " + ", "minus": " - ", "times": " × ", "divide": " / "}


def rule_words(active: Active) -> str:
    """When it applies, what is owed, on which basis and how certain that is."""
    version = active.version
    parts = [pays_words(version.pays)]
    if active.rule.when.alternatives:
        parts.insert(0, f"when {condition_words(active.rule.when)}:")
    until = f" until {version.to}" if version.to else ""
    parts.append(f"[from {version.from_}{until}; {'; '.join(version.references)}; {version.certainty}]")
    return " ".join(parts)


def condition_words(condition: Condition) -> str:
    """Alternatives joined by `or`, demands by `and`."""
    return " or ".join(" and ".join(str(demand) for demand in demands) for demands in condition.alternatives)


def pays_words(pays: Pays) -> str:
    """What is owed."""
    match pays:
        case Nothing(line=True):
            return "exempt"
        case Rate():
            words = f"{formula_words(pays.of)} × {formula_words(pays.rate)}"
            words += f" × {formula_words(pays.share)}" if pays.share else ""
            words += f" less {formula_words(pays.relief)} of it" if pays.relief else ""
            return f"{words}, rounded to {pays.rounding.unit}"
        case Amount():
            return formula_words(pays.amount)
        case Each():
            return f"{formula_words(pays.each)} for each of {formula_words(pays.pieces)}"
        case ByBrackets():
            rows = zip(pays.rates.rows, pays.less.rows, strict=True)
            steps = "; ".join(
                f"{'otherwise' if rate.key is None else f'up to {exact_text(rate.key)}'}: "
                f"{formula_words(rate.value)} less {formula_words(less.value)}"
                for rate, less in rows
            )
            return f"{formula_words(pays.gain)} over {formula_words(pays.deductions)} by brackets ({steps})"
    return "not due"


def formula_words(formula: Formula) -> str:
    """A formula as it would be said in a line."""
    match formula:
        case Literal():
            return exact_text(formula.value)
        case Fact() | Quantity():
            return formula.name
        case Parameter():
            return f"parameters.{formula.name}"
        case Charge():
            return f"{formula.name} of {formula.payer}"
        case Operation() if formula.form in _SIGNS:
            return f"({_SIGNS[formula.form].join(formula_words(part) for part in formula.of)})"
        case Operation():
            return f"{formula.form}({', '.join(formula_words(part) for part in formula.of)})"
        case IfKnown():
            return " or else ".join([*(fact.name for fact in formula.facts), formula_words(formula.otherwise)])
        case Rounded():
            return f"round({formula_words(formula.of)}, {formula.unit})"
        case Years():
            return f"years({formula.since}, {formula.until}, over {formula.part_counts_over_months} months)"
        case Table():
            return f"by {formula_words(formula.on)} ({'; '.join(_row_words(formula))})"
    return repr(formula)


def _row_words(table: Table) -> list[str]:
    words = []
    for row in table.rows:
        key = "otherwise" if row.key is None else exact_text(row.key)
        bound = f"up to {key}" if table.form == "brackets" and row.key is not None else key
        words.append(f"{bound}: {formula_words(row.value)}")
    return words
