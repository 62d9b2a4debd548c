"""Assessment without side effects: what would be owed."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from api.access import signed_in
from api.http.office import TheOffice
from settlement.assessment import Assessment, Transaction
from settlement.rule_sets import current

router = APIRouter(tags=["assessment"], dependencies=[Depends(signed_in("clerk", "tax_officer", "integrator"))])


@router.post("/assessments")
async def assess(transaction: Annotated[dict[str, Any], Body()], office: TheOffice) -> Assessment:
    """The lines that a transaction owes, and what is still open with its question. Nothing is stored."""
    async with office.database.begin() as db:
        rules = await current(db)
    return rules.assess(Transaction.parse(transaction))
