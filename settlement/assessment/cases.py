"""Transactions and claims in, plain JSON out: what `heyi assess` and the API answer, one entry for each case.

A case that is refused gets an `error` and does not stop the others.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from foundation.errors import BadInput, HeyiError
from settlement.assessment.assessment import Assessment
from settlement.assessment.claim import Claim
from settlement.assessment.rule_set import RuleSet
from settlement.assessment.transaction import Transaction


def assess_document(document: Any, rules: RuleSet) -> list[dict[str, Any]]:
    """Assesses one transaction, one case, or a list of either, as parsed from JSON.

    Each answer has `id` (of the case, or its place from 1), `lines`, `open`, `rule_set`, and `error` if refused.
    """
    entries = document if isinstance(document, list) else [document]
    return [_answer(entry, place, rules) for place, entry in enumerate(entries, start=1)]


def assessed(entry: Any, rules: RuleSet) -> Assessment:
    """The assessment of one transaction, claim or case; raises what is wrong with it."""
    if not isinstance(entry, Mapping):
        raise BadInput("case", entry, "an object: a transaction, or a case with `transaction` or `claim`")
    if "claim" in entry:
        return rules.refund(Claim.parse(entry["claim"]))
    return rules.assess(Transaction.parse(entry.get("transaction", entry)))


def _answer(entry: Any, place: int, rules: RuleSet) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": entry.get("id", str(place)) if isinstance(entry, Mapping) else str(place)}
    try:
        assessment = assessed(entry, rules)
    except HeyiError as error:
        refusal = {"code": error.code, "detail": error.detail, **error.facts}
        if isinstance(error, BadInput):
            refusal["value"] = error.value
        return answer | {"lines": [], "open": [], "error": refusal}
    return answer | {
        "rule_set": assessment.rule_set,
        "lines": list(_lines(assessment)),
        "open": list(_open(assessment)),
    }


def _lines(assessment: Assessment) -> Iterator[dict[str, Any]]:
    for line in assessment.lines:
        yield {
            "item": line.item,
            "payer": line.payer,
            "amount_fen": line.amount_fen,
            "base_fen": line.base_fen,
            "rate": line.rate,
            "rule": line.rule,
            "references": list(line.references),
            "explanation": line.explanation.plain(),
        }


def _open(assessment: Assessment) -> Iterator[dict[str, Any]]:
    for line in assessment.open:
        yield {
            "item": line.item,
            "payer": line.payer,
            "min_fen": line.min_fen,
            "max_fen": line.max_fen,
            "question": line.question.plain(),
        }
