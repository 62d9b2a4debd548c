"""Cases (差错处理单): what a person has to decide. Opened by messages that fit nothing and by differences of a day.

A case is known by its fingerprint: seeing the same thing again updates the case and never opens a second one. How two
people decide on it, and what their decision posts, is in `settlement.adjustments`.
"""

from settlement.cases.opening import NewCase, open_case, open_cases, vanish
from settlement.cases.reading import CaseFilter, CaseRow, CaseView, group_cases, list_cases, read_case
from settlement.cases.tables import CASE, DECIDED, UNSETTLED, WAITING, case_posting, case_proposal, office_case

__all__ = [
    "CASE",
    "DECIDED",
    "UNSETTLED",
    "WAITING",
    "CaseFilter",
    "CaseRow",
    "CaseView",
    "NewCase",
    "case_posting",
    "case_proposal",
    "group_cases",
    "list_cases",
    "office_case",
    "open_case",
    "open_cases",
    "read_case",
    "vanish",
]
