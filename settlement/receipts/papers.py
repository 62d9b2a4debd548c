"""Papers kept byte for byte: stored sealed with their digest, listed without what is in them, opened for a reason."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import HeyiError, NotFound
from foundation.identifiers import new_id
from settlement.bills.revealing import record_reveal
from settlement.office import Actor, Office
from settlement.ports.tax_papers import PaperFile
from settlement.receipts.tables import paper

_CONTEXT = "paper.content"


class PaperAltered(HeyiError):
    """What is stored is not what came: its digest differs."""

    code = "paper_altered"


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper to be kept. `kind`: tax_certificate, fiscal_receipt, red_receipt, statement; `payer` whose it is."""

    region: str
    bill_id: UUID
    kind: str
    subject: UUID
    payer: str
    number: str


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper in a list; `sha256` in hex, of the file as it is downloaded."""

    id: UUID
    bill_id: UUID
    region: str
    kind: str
    payer: str
    number: str
    media_type: str
    bytes: int
    sha256: str
    got_at: datetime


async def keep_paper(office: Office, db: AsyncConnection, new: NewPaper, file: PaperFile) -> UUID:
    """Keeps a paper; the same bytes of the same subject are kept once. Gives its id."""
    digest = hashlib.sha256(file.content).digest()
    values = {
        "id": new_id(),
        "region": new.region,
        "bill_id": new.bill_id,
        "kind": new.kind,
        "subject": new.subject,
        "payer": new.payer,
        "number": new.number,
        "media_type": file.media_type,
        "sealed": office.seal.close_bytes(file.content, _CONTEXT),
        "bytes": len(file.content),
        "sha256": digest,
        "got_at": clock.now(),
    }
    await db.execute(insert(paper).values(values).on_conflict_do_nothing())
    same = (paper.c.kind == new.kind) & (paper.c.subject == new.subject)
    if new.kind == "statement":  # of which there is one for each time something new stood in it
        same &= paper.c.sha256 == digest
    kept: UUID = (await db.execute(select(paper.c.id).where(same))).scalar_one()
    return kept


async def papers_of(office: Office, bill_ids: Sequence[UUID], payer: str | None = None) -> list[PaperView]:
    """The papers of bills, the oldest first; only those of one side if one is named."""
    wanted = select(*_LISTED).where(paper.c.bill_id.in_(bill_ids)).order_by(paper.c.got_at, paper.c.id)
    if payer is not None:
        wanted = wanted.where(paper.c.payer == payer)
    async with office.database.connect() as db:
        return [_view(row) for row in await db.execute(wanted)]


async def paper_view(office: Office, paper_id: UUID) -> PaperView:
    """One paper, unopened. NotFound where there is none."""
    async with office.database.connect() as db:
        row = (await db.execute(select(*_LISTED).where(paper.c.id == paper_id))).one_or_none()
    if row is None:
        raise NotFound(f"没有这份凭证。There is no paper {paper_id}.")
    return _view(row)


async def open_paper(office: Office, paper_id: UUID, actor: Actor, reason: str) -> PaperFile:
    """The file, after the look was recorded: it names a person in full. BadInput without a reason, NotFound.

    PaperAltered where the stored bytes no longer have their digest.
    """
    async with office.database.begin() as db:
        wanted = select(paper.c.sealed, paper.c.sha256, paper.c.media_type).where(paper.c.id == paper_id)
        row = (await db.execute(wanted)).one_or_none()
        if row is None:
            raise NotFound(f"没有这份凭证。There is no paper {paper_id}.")
        await record_reveal(db, actor, paper_id, "paper", reason)
    content = office.seal.open_bytes(row.sealed, _CONTEXT)
    if hashlib.sha256(content).digest() != row.sha256:
        raise PaperAltered(f"凭证内容与存档指纹不符，请报告管理员。Paper {paper_id} has another digest than was kept.")
    return PaperFile(row.media_type, content)


_LISTED = [column for column in paper.c if column.name not in ("sealed", "subject")]


def _view(row: Row[Any]) -> PaperView:
    return PaperView(
        row.id,
        row.bill_id,
        row.region,
        row.kind,
        row.payer,
        row.number,
        row.media_type,
        row._mapping["bytes"],
        row.sha256.hex(),
        row.got_at,
    )
