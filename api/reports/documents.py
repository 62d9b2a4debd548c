"""The papers of a signed day: PDF, Excel and the manifest of their hashes, kept in the commit that signs.

The manifest of a day names the hash of the manifest of the signed day before it, so that no paper of any day can be
exchanged later without breaking the chain.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Column, Date, DateTime, Integer, LargeBinary, MetaData, String, Table, Text, Uuid, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.texts import Speech
from api.reports.pdf import pdf
from api.reports.tables import day_tables
from api.spreadsheets import workbook
from api.wiring import House
from foundation import clock
from foundation.errors import NotFound
from foundation.identifiers import new_id
from reconciliation.content import canonical
from reconciliation.report import DayReport, Signature, day_report
from reconciliation.signing import sign_day

Form = Literal["pdf", "xlsx", "json"]

MEDIA_TYPES: dict[Form, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}

day_document = Table(
    "day_document",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("day", Date),
    Column("version", Integer),
    Column("form", String(4)),
    Column("name", Text),
    Column("content", LargeBinary),
    Column("sha256", String(64)),
    Column("made_at", DateTime(timezone=True)),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A paper of a day: the name to keep it under, its bytes and their SHA-256. `json` is the manifest."""

    name: str
    form: Form
    content: bytes
    sha256: str


async def sign_the_day(house: House, region: str, day: date, actor: str) -> Signature:
    """Signs a day, as the second person, and makes its papers, in one transaction."""
    async with house.office.database.begin() as db:
        signature = await sign_day(db, region, day, house.book, actor=actor)
        report = await day_report(db, region, day)
        papers = await asyncio.to_thread(_papers, house, report, Speech("zh"))
        papers.append(_manifest(report, signature, papers, await _previous(db, region, day)))
        kept = {"region": region, "day": day, "version": signature.version, "made_at": clock.now()}
        rows = [
            {"id": new_id(), **kept, "name": one.name, "form": one.form, "content": one.content, "sha256": one.sha256}
            for one in papers
        ]
        await db.execute(insert(day_document), rows)
    return signature


async def document(house: House, region: str, day: date, form: Form, t: Speech) -> Document:
    """A paper of a day: of a signed day the one that was kept, else a draft of how it stands, in the reader's language.

    NotFound where a day was never reconciled; a draft has no manifest.
    """
    async with house.office.database.connect() as db:
        report = await day_report(db, region, day)
        if report.state == "signed":
            found = await db.execute(
                select(day_document.c.name, day_document.c.content, day_document.c.sha256)
                .where(day_document.c.region == region, day_document.c.day == day, day_document.c.form == form)
                .order_by(day_document.c.version.desc())
                .limit(1)
            )
            if kept := found.one_or_none():
                return Document(kept.name, form, bytes(kept.content), kept.sha256)
    if form == "json":
        raise NotFound(f"{day} is not signed, and so has no manifest yet", field="day")
    papers = await asyncio.to_thread(_papers, house, report, t)
    return next(one for one in papers if one.form == form)


def _papers(house: House, report: DayReport, t: Speech) -> list[Document]:
    region = house.office.region(report.region)
    tables = day_tables(report, t)
    title = t("report.title", region=t.of(region.name), day=report.day)
    state = t("report.state", state=t(f"day.{report.state}"))
    made = pdf(title, [state, t("finance.day.hours")], tables, t("report.cut"))
    return [_document(report, "pdf", made), _document(report, "xlsx", workbook(*tables))]


def _document(report: DayReport, form: Form, content: bytes) -> Document:
    version = f"v{report.signature.version}" if report.signature and report.state == "signed" else "draft"
    name = f"heyi-{report.region}-{report.day}-{version}.{form}"
    return Document(name, form, content, hashlib.sha256(content).hexdigest())


def _manifest(
    report: DayReport, signature: Signature, papers: list[Document], previous: dict[str, Any] | None
) -> Document:
    content = {
        "region": report.region,
        "day": report.day,
        "version": signature.version,
        "report_sha256": signature.sha256,
        "book_head": report.book_head,
        "prepared_by": signature.prepared_by,
        "signed_by": signature.signed_by,
        "papers": [{"name": one.name, "sha256": one.sha256, "bytes": len(one.content)} for one in papers],
        "statements": [
            {"source": one.source, "name": one.file.file_name, "version": one.file.version, "sha256": one.file.sha256}
            for one in report.sources
        ],
        "previous": previous,
    }
    return _document(report, "json", canonical(content).encode())


async def _previous(db: AsyncConnection, region: str, day: date) -> dict[str, Any] | None:
    """The manifest of the signed day before, by which the chain hangs."""
    found = await db.execute(
        select(day_document.c.day, day_document.c.version, day_document.c.sha256)
        .where(day_document.c.region == region, day_document.c.day < day, day_document.c.form == "json")
        .order_by(day_document.c.day.desc(), day_document.c.version.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return {"day": row.day, "version": row.version, "sha256": row.sha256} if row else None
