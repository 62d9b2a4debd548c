"""What is owed and why: every tax and fee of a transfer, worked out from rules that are data with dates."""

from settlement.assessment.assessment import Assessment, Explanation, Line, OpenLine
from settlement.assessment.checked import load_rules, rules_in_force
from settlement.assessment.claim import Claim
from settlement.assessment.rule_set import RuleSet
from settlement.assessment.transaction import Transaction

__all__ = [
    "Assessment",
    "Claim",
    "Explanation",
    "Line",
    "OpenLine",
    "RuleSet",
    "Transaction",
    "load_rules",
    "rules_in_force",
]
