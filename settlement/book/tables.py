"""What reconciliation has told our book: which rows a statement showed, and of which day."""

from sqlalchemy import Column, Date, MetaData, String, Table, Text

matched_row = Table(
    "matched_row",
    MetaData(),
    Column("region", String(6), primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("day", Date),
)
