"""Table of the tax officer's confirmations; appended to and never changed."""

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid

tax_receipt_confirmation = Table(
    "tax_receipt_confirmation",
    MetaData(),
    Column("voucher_id", Uuid, primary_key=True),
    Column("confirmed_by", Text),
    Column("confirmed_at", DateTime(timezone=True)),
)
