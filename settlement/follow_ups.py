"""The follow-ups that one commit leaves for later, by name. The floor above runs them on the job queue."""

ALLOCATE = "allocate"
"""Follow the lines of a bill's paid shares to their accounts. Keys: the ids of the bills that one commit paid."""

COUNTER = "counter"
"""Follow an order that is taken at the counter until terminal and channel have decided. Key: the order's id."""

CLEAR = "clear"
"""Tell the registry that a bill is cleared. Key: the bill's id."""

MESSAGE = "message"
"""Send a text of the outbox and follow it. Key: the text's id."""

PAPERS = "papers"
"""Fetch the certificates and e-receipts of a bill that are not kept yet. Key: the bill's id."""

VOID = "void"
"""Make the pay codes of a withdrawn bill void at finance. Key: the bill's id."""

REPORT = "report"
"""Tell the tax office what was registered. Key: the bill's id."""

REFUND = "refund"
"""Give back through the channel what was approved, and ask until it is through. Key: the refund's id."""

BATCH = "batch"
"""Work through a list of cases. Key: the list's id."""
