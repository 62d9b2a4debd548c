"""财政电子票据 as a file (EInvoice): the figures by which anyone can verify it."""

import base64
import binascii
import re
from datetime import datetime

from adapters.wire.answers import fen_of_yuan
from adapters.wire.xml import BadXml, gbk_tree
from foundation.errors import Unavailable
from settlement.ports.non_tax import FiscalReceipt

_FORMS = {"EInvoiceCode": "[0-9]{8}", "EInvoiceNumber": "[0-9]{10}", "RandomNumber": "[0-9A-Za-z]{6}"}


def receipt_of(file: str, number: str) -> FiscalReceipt:
    """Reads a receipt's file (base64 of GBK XML). Unavailable where it is none, or that of another number."""
    try:
        root = gbk_tree(base64.b64decode(file, validate=True))
        main = {one.tag: one.text or "" for one in root.find("EInvoiceData/Main") or ()}
        for name, form in _FORMS.items():
            if not re.fullmatch(form, main.get(name, "")):
                raise BadXml(f"{name}: {main.get(name)!r}")
        if main["EInvoiceNumber"] != number:
            raise BadXml(f"EInvoiceNumber {main['EInvoiceNumber']}, asked was {number}")
        issued_on = datetime.strptime(main.get("IssueDate", ""), "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        amount = fen_of_yuan(main.get("TotalAmount"))
    except (BadXml, binascii.Error, ValueError) as error:
        raise Unavailable(f"the e-receipt {number} cannot be read: {error}") from None
    return FiscalReceipt(main["EInvoiceCode"], number, main["RandomNumber"], issued_on, amount)
