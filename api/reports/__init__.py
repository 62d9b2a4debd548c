"""The report of a day as people keep it: PDF and Excel of the same tables, and the manifest of their hashes."""

from api.reports.documents import Document, document, sign_the_day

__all__ = ["Document", "document", "sign_the_day"]
