"""The inbox: every notification is stored as it came, and ends in exactly one outcome.

In one transaction: the raw bytes, the outcome, and whatever the outcome moves. The channel is answered after the
commit and not before, so that what could not be stored is sent again.
"""

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import HeyiError
from foundation.identifiers import new_id
from settlement.cases import open_case
from settlement.office import Office
from settlement.payments.lookup import find_order
from settlement.payments.proofs import Outcome, apply_proof
from settlement.payments.tables import inbox
from settlement.ports.channel import Answer, Proof, Unauthentic

RAW_BYTES_MAX = 64 * 1024


async def receive_notification(office: Office, region_code: str, raw: bytes, source: str) -> Outcome:
    """Takes in what arrived at a channel's notification address. `source` is the sender's address.

    The outcome says what became of it; `bad_signature` and `unknown_order` are not acknowledged to the channel.
    """
    region = office.region(region_code)
    channel = office.institutions[region_code].channel
    try:
        proof = channel.read_notification(raw)
    except HeyiError as error:
        return await _refuse(office, region_code, channel.name, raw, source, error)
    if channel.confirms_by_query and proof.answer is Answer.paid:
        proof = await _confirmed_by_query(office, region_code, proof)
    async with office.database.begin() as db:
        outcome = await apply_proof(office, db, region.region, proof, "notification")
        await _store(db, region_code, proof.channel, raw, source, _event_key(proof), outcome)
    return outcome


async def _refuse(office: Office, region: str, channel: str, raw: bytes, source: str, error: HeyiError) -> Outcome:
    """Forged or unreadable: kept, and counted into one case per source and day, so that nobody floods the office."""
    outcome = Outcome("bad_signature", error.detail)
    kind = "forged" if isinstance(error, Unauthentic) else "unreadable"
    today = clock.today()
    async with office.database.begin() as db:
        await _store(db, region, channel, raw[:RAW_BYTES_MAX], source, None, outcome)
        await open_case(
            db,
            region=region,
            kind="S-forged",
            fingerprint=f"S-forged:{channel}:{source}:{today}",
            amount_fen=0,
            reason=f"收到无法验证的渠道通知，来源 {source}：{error.detail}。"
            f"Notifications that cannot be verified came from {source}.",
            facts={"source": source, "kind": kind, "last_detail": error.detail},
            business_day=today,
        )
    return outcome


async def _confirmed_by_query(office: Office, region: str, proof: Proof) -> Proof:
    """Where the region wants it so, the notification is only a hint and the query's answer is what counts."""
    async with office.database.connect() as db:
        order = await find_order(db, proof.order_id)
    return await office.institutions[region].channel.query(order) if order else proof


async def _store(
    db: AsyncConnection, region: str, channel: str, raw: bytes, source: str, key: str | None, outcome: Outcome
) -> None:
    await db.execute(
        insert(inbox).values(
            id=new_id(),
            region=region,
            channel=channel,
            received_at=clock.now(),
            source=source,
            raw=raw,
            event_key=key,
            outcome=outcome.name,
            detail=outcome.detail,
        )
    )


def _event_key(proof: Proof) -> str:
    return f"{proof.merchant}:{proof.order_id}:{proof.query_id}:{proof.answer}"
