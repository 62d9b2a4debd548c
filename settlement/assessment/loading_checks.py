"""The set proves itself: what can be wrong with rules is found when they are loaded, not in front of a citizen."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from settlement.assessment.rule_set import RuleSet


def check(loaded: "RuleSet") -> None:
    """Checks every region that is served; raises BadRules with the first thing that is wrong."""
    for code in loaded.files.regions:
        if len(code) == 6:
            loaded.region(code)
