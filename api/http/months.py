"""Month statements 月结单 of institutions that pay by the month."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.encoders import jsonable_encoder

from api.access import signed_in
from api.http.office import TheOffice
from api.months import months_of, own_month
from api.pages.texts import LANGUAGES, Speech
from api.people import Person
from api.reports.months import MEDIA_TYPES, Form, month_file
from foundation.errors import BadInput
from settlement.months.reading import MonthSummary

router = APIRouter(prefix="/month-statements", tags=["month statements"])

Reader = Annotated[Person, Depends(signed_in("clerk", "partner", "integrator", "finance"))]


@router.get("")
async def statements(who: Reader, office: TheOffice) -> list[MonthSummary]:
    """The newest of one's own region; a partner's of their own institution."""
    return await months_of(office, who)


@router.get("/{statement_id}")
async def one_statement(statement_id: UUID, who: Reader, office: TheOffice) -> dict[str, Any]:
    """A statement with its lines."""
    found = await own_month(office, who, statement_id)
    return {**jsonable_encoder(found.head), "lines": jsonable_encoder(found.lines)}


@router.get("/{statement_id}/statement.{form}", response_class=Response)
async def as_file(
    statement_id: UUID, form: Form, who: Reader, office: TheOffice, language: str = LANGUAGES[0]
) -> Response:
    """The statement as Excel or PDF."""
    if language not in LANGUAGES:
        raise BadInput("language", language, " | ".join(LANGUAGES))
    found = await own_month(office, who, statement_id)
    name, content = month_file(found, office.region(found.head.region), form, Speech(language))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
