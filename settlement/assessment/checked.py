"""A folder of rules becomes a set only when it has proved itself; the packaged one is what a house begins with."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from settlement.assessment.loading import content_of
from settlement.assessment.loading_checks import check
from settlement.assessment.rule_set import RuleSet


def load_rules(folder: Path | None = None) -> RuleSet:
    """The set in a folder (without: the packaged one), checked; raises BadRules that names the file and place."""
    loaded = RuleSet.of_content(content_of(folder or Path(str(files("settlement.assessment") / "rules"))))
    check(loaded)
    return loaded


@cache
def rules_in_force() -> RuleSet:
    """The packaged set, loaded once."""
    return load_rules()
