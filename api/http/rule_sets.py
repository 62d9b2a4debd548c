"""Rule sets: kept, proposed by one tax officer, brought into force by another."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from api.access import actor, signed_in
from api.http.office import TheOffice
from api.people import Person
from foundation.errors import BadInput
from settlement.office import Office
from settlement.rule_sets import KeptSet, approve_set, kept_set, kept_sets, propose_set, reject_set
from settlement.rule_sets.reading import Preview, preview
from settlement.rule_sets.uploads import BYTES_MAX, checked_texts, texts_of_zip

router = APIRouter(prefix="/rule-sets", tags=["rule sets"])

Reader = Annotated[Person, Depends(signed_in("clerk", "finance", "tax_officer", "integrator"))]
TaxOfficer = Annotated[Person, Depends(signed_in("tax_officer"))]


class _Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=200)


@dataclass(frozen=True, slots=True)
class SetWithFiles:
    """A kept set and its files, each as it is written, by its path."""

    rule_set: KeptSet
    files: Mapping[str, str]


@router.get("")
async def all_sets(_: Reader, office: TheOffice) -> list[KeptSet]:
    """Every set that was ever proposed or in force, the newest first."""
    async with office.database.begin() as db:
        return await kept_sets(db)


@router.post("", status_code=201)
async def propose(request: Request, who: TaxOfficer, office: TheOffice) -> KeptSet:
    """Proposes a set: `{"files": {path: text}, "reason": …}`, or a zip as `application/zip` with `?reason=`."""
    texts, reason = _handed_in(request, await _body(request))
    async with office.database.begin() as db:
        proposed = await propose_set(db, texts, actor(who), reason)
    return await _shown(office, proposed)


@router.get("/{wanted}")
async def one_set(wanted: str, _: Reader, office: TheOffice) -> SetWithFiles:
    """A kept set with its files."""
    async with office.database.connect() as db:
        return SetWithFiles(*await kept_set(db, wanted))


@router.get("/{wanted}/effect")
async def effect(wanted: str, who: TaxOfficer, office: TheOffice) -> Preview:
    """What the set would change: rules that differ from those in force, and the sums of last month's bills."""
    async with office.database.begin() as db:
        return await preview(db, wanted, who.region)


@router.post("/{wanted}/approve")
async def approve(wanted: str, who: TaxOfficer, office: TheOffice) -> KeptSet:
    """Brings a proposed set into force; refused to the one who proposed it."""
    async with office.database.begin() as db:
        await approve_set(db, wanted, actor(who))
    return await _shown(office, wanted)


@router.post("/{wanted}/reject")
async def reject(wanted: str, why: _Reason, who: TaxOfficer, office: TheOffice) -> KeptSet:
    """Rejects a proposed set, with the reason."""
    async with office.database.begin() as db:
        await reject_set(db, wanted, actor(who), why.reason)
    return await _shown(office, wanted)


async def _shown(office: Office, wanted: str) -> KeptSet:
    async with office.database.connect() as db:
        return (await kept_set(db, wanted))[0]


async def _body(request: Request) -> bytes:
    """The body, read no further than the largest set with its JSON escapes."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > 2 * BYTES_MAX:
            raise BadInput("body", f"more than {2 * BYTES_MAX} bytes", "a set that is smaller")
    return bytes(body)


def _handed_in(request: Request, body: bytes) -> tuple[dict[str, str], str]:
    if request.headers.get("content-type", "").startswith("application/zip"):
        return texts_of_zip(body), _reason(request.query_params.get("reason"))
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("body", f"{len(body)} bytes", "a JSON object with files and reason") from None
    if not isinstance(content, dict) or content.keys() != {"files", "reason"}:
        raise BadInput("body", type(content).__name__, "a JSON object with files and reason")
    return checked_texts(content["files"]), _reason(content["reason"])


def _reason(given: Any) -> str:
    if not isinstance(given, str) or not 2 <= len(given.strip()) <= 200:
        raise BadInput("reason", given, "2 to 200 characters that say why")
    return given.strip()
