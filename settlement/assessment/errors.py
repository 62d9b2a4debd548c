"""What can be wrong with a rule set: seen when it is loaded, or, for two rules at odds, when a case meets them."""

from foundation.errors import HeyiError


class BadRules(HeyiError):
    """A rule file that cannot be taken: names the file, the place in it and what is wrong."""

    code = "bad_rules"


class RuleConflict(HeyiError):
    """Two exceptions apply to one case and neither is said to come first; names both. A person has to decide."""

    code = "rule_conflict"


class NeedsFact(Exception):
    """A fact that the calculation turns on is not known."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
