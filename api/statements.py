"""A statement made, kept and handed out: the same for window, payer and other systems."""

from uuid import UUID

from fastapi.responses import Response

from api.reports.statement import statement_pdf
from settlement.office import Office
from settlement.ports.tax_papers import PaperFile
from settlement.receipts.papers import NewPaper, keep_paper
from settlement.receipts.statements import statement_of


def address_of(office: Office, token: str) -> str:
    """What the QR of a statement opens."""
    return f"{office.public_url.rstrip('/')}/v/{token}"


async def statement_file(office: Office, bill_id: UUID, payer: str) -> Response:
    """The statement of a payer as a PDF, shown in the browser; each version that was handed out is kept."""
    made = await statement_of(office, bill_id, payer)
    content = statement_pdf(made, office.region(made.region), address_of(office, made.token))
    new = NewPaper(made.region, bill_id, "statement", made.share_id, payer, made.number)
    async with office.database.begin() as db:
        await keep_paper(office, db, new, PaperFile("application/pdf", content))
    headers = {"Content-Disposition": f'inline; filename="{made.number}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)
