"""Papers that an institution gives as files."""

from foundation.errors import Unavailable
from settlement.ports.tax_papers import PaperFile

_PDF = b"%PDF-"


def pdf(content: bytes, whom: str) -> PaperFile:
    """A PDF as it came. Unavailable where it is none, so that an error page is never kept as a certificate."""
    if not content.startswith(_PDF):
        raise Unavailable(f"{whom} gave {len(content)} bytes that are no PDF", whom=whom)
    return PaperFile("application/pdf", content)
