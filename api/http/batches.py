"""Lists of many cases of one kind: taken in as Excel, worked through row by row, confirmed together."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response, UploadFile

from api.access import actor, own, signed_in
from api.case_lists import BYTES_MAX, empty_list, read_list, results
from api.http.office import TheOffice
from api.pages.texts import LANGUAGES, Speech
from api.people import Person
from api.spreadsheets import to_keep
from foundation.errors import BadInput
from settlement.batches.reading import BatchSummary, BatchView, list_batches, read_batch
from settlement.batches.taking_in import confirm_batch, take_in_batch
from settlement.kinds import DEFAULT, business_kind

router = APIRouter(prefix="/batches", tags=["batches"])

Window = Annotated[Person, Depends(signed_in("clerk", "partner", "integrator"))]


@router.get("/empty")
async def empty(who: Window, office: TheOffice, kind: str = DEFAULT, language: str = LANGUAGES[0]) -> Response:
    """The list of a kind of business to be filled in, as Excel."""
    wanted = business_kind(kind, office.region(who.region))
    return to_keep(f"heyi-{kind}", "xlsx", empty_list(wanted, _speech(language)))


@router.post("", status_code=202)
async def take_in(
    file: UploadFile,
    who: Window,
    office: TheOffice,
    kind: Annotated[str, Form()] = DEFAULT,
    title: Annotated[str, Form(max_length=100)] = "",
) -> BatchView:
    """Takes a filled list in. Answers at once; the rows are worked through one by one.

    The same list again makes no second bills: a case that has one is refused in its row.
    """
    region = office.region(who.region)
    wanted = business_kind(kind, region)
    rows = read_list(await file.read(BYTES_MAX + 1), wanted, region)
    named = title or file.filename or wanted.name.zh
    return await read_batch(office, await take_in_batch(office, who.region, wanted, named, rows, actor(who)))


@router.get("")
async def batches(who: Window, office: TheOffice) -> list[BatchSummary]:
    """The newest lists of one's own region."""
    return await list_batches(office, who.region, who.only_window)


@router.get("/{batch_id}")
async def one_batch(batch_id: UUID, who: Window, office: TheOffice) -> BatchView:
    """A list with how far each of its rows is."""
    return await _own(office, batch_id, who)


@router.post("/{batch_id}/confirm", status_code=202)
async def confirm(batch_id: UUID, who: Window, office: TheOffice) -> BatchView:
    """Confirms every bill of a list, one after the other, each with a code of its own."""
    await _own(office, batch_id, who)
    await confirm_batch(office, batch_id, actor(who))
    return await read_batch(office, batch_id)


@router.get("/{batch_id}/results")
async def outcome(batch_id: UUID, who: Window, office: TheOffice, language: str = LANGUAGES[0]) -> Response:
    """What became of every row, as Excel: bill, amount, code, or what is wrong."""
    view = await _own(office, batch_id, who)
    return to_keep(f"heyi-{view.kind}-{view.created_at:%Y%m%d}", "xlsx", results(view, _speech(language)))


async def _own(office: TheOffice, batch_id: UUID, who: Person) -> BatchView:
    view = await read_batch(office, batch_id)
    own(who, view)
    return view


def _speech(language: str) -> Speech:
    if language not in LANGUAGES:
        raise BadInput("language", language, " | ".join(LANGUAGES))
    return Speech(language)
