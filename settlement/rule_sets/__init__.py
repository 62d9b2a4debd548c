"""Rule sets in force: kept for good under the hash of their content, changed only by two people.

The set that a release delivers is in force in an empty database. Any other comes into force when one tax officer
proposes it and another approves; the server checks, and so does the database.
"""

from settlement.rule_sets.deciding import approve_set, propose_set, reject_set
from settlement.rule_sets.keeping import current, set_by_hash
from settlement.rule_sets.reading import KeptSet, kept_set, kept_sets

__all__ = ["KeptSet", "approve_set", "current", "kept_set", "kept_sets", "propose_set", "reject_set", "set_by_hash"]
