"""The visits of people to kiosks. They tell when and how, and of whom only a digest, while the visit lasts."""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, String, Table, Uuid

metadata = MetaData()

kiosk_visit = Table(
    "kiosk_visit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("kiosk", String(16)),
    Column("how", String(8)),  # read (from the document's chip) or typed
    Column("identity_digest", LargeBinary),  # none where nobody was found, or when the visit is over
    Column("began_at", DateTime(timezone=True)),
    Column("seen_at", DateTime(timezone=True)),
    Column("over_at", DateTime(timezone=True)),
)
