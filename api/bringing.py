"""A statement that a finance user brings: taken, kept as evidence, and the source run again with it."""

import re
from datetime import date

from fastapi import UploadFile

from api.closing import close_the_day
from api.people import Person
from api.wiring import House
from foundation.errors import BadInput, NotFound
from reconciliation.files import bring
from reconciliation.report import DayReport
from settlement.ports.statements import RawStatement, Source

MOST_BYTES = 256 << 20
_ODD = re.compile(r"[^0-9A-Za-z._-]+")


def plain_name(name: str) -> str:
    """A file name without folders and odd characters."""
    return _ODD.sub("_", name)


async def bring_statement(house: House, who: Person, day: date, source: Source, file: UploadFile) -> DayReport:
    """Keeps a file as the statement of a day and runs the day again with it.

    NotFound: the region does not compare the source. BadInput: an empty file, or more than `MOST_BYTES`.
    """
    compared = [one.source for one in house.sources.get(who.region, ())]
    if source not in compared:
        raise NotFound(f"region {who.region} compares {', '.join(compared)}, not {source}", field="source")
    raw = await file.read(MOST_BYTES + 1)
    if not 0 < len(raw) <= MOST_BYTES:
        raise BadInput("file", f"{len(raw)} bytes", f"1 to {MOST_BYTES} bytes")
    name = plain_name(file.filename or "")[-120:] or f"{source}_{day:%Y%m%d}"
    async with house.office.database.begin() as db:
        await bring(db, who.region, source, day, RawStatement(name, raw), actor=who.name)
    return await close_the_day(house, who.region, day)
