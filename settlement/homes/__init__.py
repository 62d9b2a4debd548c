"""The home count 套数: how many homes the buyer's family has, from the family and its holdings, with the evidence.

What counts as a home is regional data (`rules/`). The count may rest on a query of holdings, on the buyer's pledge
where there is no query result, or on a clerk's decision with a reason.
"""

from settlement.homes.counting import HomeCount, settle_count
from settlement.homes.intake import Homes, parse_homes

__all__ = ["HomeCount", "Homes", "parse_homes", "settle_count"]
