"""The bulk path: the same tables evaluated on columns, for what a rule change would do to a city's year."""

from settlement.assessment.bulk.columns import Columns
from settlement.assessment.bulk.evaluation import BulkResult, assess_columns

__all__ = ["BulkResult", "Columns", "assess_columns"]
