"""Assessment without side effects: what would be owed."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from api.access import signed_in
from settlement.assessment import Assessment, Transaction, rules_in_force

router = APIRouter(tags=["assessment"], dependencies=[Depends(signed_in("clerk", "tax_officer", "integrator"))])


@router.post("/assessments")
async def assess(transaction: Annotated[dict[str, Any], Body()]) -> Assessment:
    """The lines that a transaction owes, and what is still open with its question. Nothing is stored."""
    return rules_in_force().assess(Transaction.parse(transaction))
