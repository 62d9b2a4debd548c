"""Assessment without side effects: what would be owed."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from api.access import signed_in
from api.http.office import TheOffice
from settlement.assessment.cases import assess_document
from settlement.rule_sets import current

router = APIRouter(tags=["assessment"], dependencies=[Depends(signed_in("clerk", "tax_officer", "integrator"))])


@router.post("/assessments")
async def assess(document: Annotated[Any, Body()], office: TheOffice) -> list[dict[str, Any]]:
    """What `heyi assess` prints: lines, open questions, and an error for a case that is refused. Nothing is stored.

    Takes one transaction, one case, or a list of cases, under the set of rules that is in force.
    """
    async with office.database.begin() as db:
        rules = await current(db)
    return assess_document(document, rules)
