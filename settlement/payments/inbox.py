"""The inbox: every notification is stored as it came, and ends in exactly one outcome.

Verified outside any transaction; then, of all that came while the last commit was under way, what pays as it was owed
is one statement and one commit: raw bytes, outcome, and all that it moves. What is odd follows in one transaction, each
letter judged by itself. The channel is answered after the commit and never before, so that what could not be
stored is sent again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import Lines
from foundation.database import raw as driver
from foundation.errors import HeyiError
from foundation.group_commit import GroupCommit
from foundation.identifiers import new_id
from foundation.waking import Waking
from settlement.cases import open_case
from settlement.office import Office
from settlement.payments.letters import Letter
from settlement.payments.lookup import find_order
from settlement.payments.outcomes import Outcome
from settlement.payments.proofs import apply_proofs
from settlement.payments.settling import Heard, settle
from settlement.payments.strangers import Strangers
from settlement.ports.channel import Answer, PaymentChannel, Proof, RefundProof, Unauthentic
from settlement.refunds.answers import apply_refund_proof

RAW_BYTES_MAX = 64 * 1024

_WRITERS = 2
"""While one batch waits for the disk, the next is already read and judged."""

_STORE = """
    INSERT INTO inbox (id, region, channel, received_at, source, raw, event_key, outcome, detail)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::bytea[], $7::text[],
        $8::text[], $9::text[])
"""


class Inbox:
    """Takes in notifications; concurrent ones share a commit. Use as `async with Inbox(office) as inbox`."""

    def __init__(self, office: Office, waiting: int = 10_000) -> None:
        self._office = office
        self._strangers = Strangers()
        self._lines = Lines(office.database)
        self._waking = Waking(self._lines)
        self._group: GroupCommit[Letter, Outcome] = GroupCommit(self._write, waiting=waiting, writers=_WRITERS)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._group.__aexit__(*error)
        await self._waking.__aexit__(*error)
        await self._lines.close()

    async def receive(self, region: str, raw: bytes, source: str) -> Outcome:
        """Takes in what arrived at a channel's notification address; `source` is the sender's address.

        The outcome says what became of it; `bad_signature` and `unknown_order` are not acknowledged to the channel.
        Raises `Busy` when too much is waiting; nothing was taken in then.
        """
        letter = await open_letter(self._office, region, raw, source)
        if isinstance(letter.read, HeyiError) and not self._strangers.may_be_stored(source):
            return Outcome("bad_signature", "like many before it from this source in this minute; not stored")
        return await self.file(letter)

    async def file(self, letter: Letter) -> Outcome:
        """Stores and applies a letter that was opened, together with those that come at the same moment."""
        return await self._group.submit(letter)

    async def _write(self, letters: list[Letter]) -> Sequence[Outcome]:
        async with self._lines.one() as connection:
            outcomes = await file_letters(self._office, connection, letters, quiet=True)
        self._waking.soon()
        return outcomes


async def receive_notification(office: Office, region: str, raw: bytes, source: str) -> Outcome:
    """Takes in one notification by itself, in a commit of its own."""
    letter = await open_letter(office, region, raw, source)
    async with Lines(office.database) as lines, lines.one() as connection:
        return (await file_letters(office, connection, [letter]))[0]


async def open_letter(office: Office, region_code: str, raw: bytes, source: str) -> Letter:
    """Verifies and reads what arrived; where the region wants it so, the answer to a query counts instead."""
    office.region(region_code)
    channel = office.institutions[region_code].channel
    read: Proof | RefundProof | HeyiError
    try:
        read = channel.read_notification(raw)
    except HeyiError as error:
        read = error
    if isinstance(read, Proof) and channel.confirms_by_query and read.answer is Answer.paid:
        read = await _confirmed(office, channel, read)
    return Letter(region_code, channel.name, raw[:RAW_BYTES_MAX], source, read)


async def _confirmed(office: Office, channel: PaymentChannel, told: Proof) -> Proof:
    """What a query says instead; while it says nothing, the notification does not count and the ladder asks again.

    A query tells of one payment. Another one for the same order stands on the channel's word, or it would be lost.
    """
    async with office.database.connect() as db:
        order = await find_order(db, told.order_id)
    if order is None or channel.merchant_of(order.parts) != told.merchant:
        return told
    try:
        asked = await channel.query(order)
    except HeyiError as error:
        return replace(told, answer=Answer.pending, detail=f"not confirmed: {error.detail}")
    is_another = asked.answer is Answer.paid and asked.query_id != told.query_id
    return told if is_another else asked


async def file_letters(
    office: Office, connection: asyncpg.Connection, letters: Sequence[Letter], quiet: bool = False
) -> list[Outcome]:
    """Stores letters and applies what they prove; the outcomes in their order. `connection` is in no transaction.

    With `quiet` nobody hears of the follow-ups until the caller wakes them (`foundation.waking`).
    """
    proofs = {
        place: Heard(one.region, one.read, "notification", one)
        for place, one in enumerate(letters)
        if isinstance(one.read, Proof)
    }
    settled = dict(zip(proofs, await settle(office, connection, list(proofs.values()), quiet), strict=True))
    odd = [one for place, one in enumerate(letters) if settled.get(place) is None]
    judged = iter(await _judge(office, odd) if odd else [])
    return [settled.get(place) or next(judged) for place in range(len(letters))]


async def _judge(office: Office, letters: Sequence[Letter]) -> list[Outcome]:
    """Stores letters that are not simply settled and applies what they prove, in one transaction."""
    async with office.database.begin() as db:
        proofs = [Heard(one.region, one.read, "notification") for one in letters if isinstance(one.read, Proof)]
        applied = iter(await apply_proofs(office, db, proofs) if proofs else [])
        outcomes = [
            next(applied) if isinstance(one.read, Proof) else await _one_by_one(office, db, one, one.read)
            for one in letters
        ]
        await _store(db, letters, outcomes)
    return outcomes


async def _one_by_one(office: Office, db: AsyncConnection, letter: Letter, read: RefundProof | HeyiError) -> Outcome:
    if isinstance(read, RefundProof):
        return await apply_refund_proof(office, db, letter.region, read)
    return await _refuse(db, letter, read)


async def _refuse(db: AsyncConnection, letter: Letter, error: HeyiError) -> Outcome:
    """Forged or unreadable: counted into one case per source and day, so that nobody floods the office."""
    today = clock.today()
    await open_case(
        db,
        region=letter.region,
        kind="S-forged",
        fingerprint=f"S-forged:{letter.channel}:{letter.source}:{today}",
        amount_fen=0,
        reason=f"收到无法验证的渠道通知，来源 {letter.source}：{error.detail}。"
        f"Notifications that cannot be verified came from {letter.source}.",
        facts={"source": letter.source, "forged": isinstance(error, Unauthentic), "last_detail": error.detail},
        business_day=today,
    )
    return Outcome("bad_signature", error.detail)


async def _store(db: AsyncConnection, letters: Sequence[Letter], outcomes: Sequence[Outcome]) -> None:
    connection = await driver(db)
    await connection.execute(
        _STORE,
        [new_id() for _ in letters],
        [one.region for one in letters],
        [one.channel for one in letters],
        [clock.instant()] * len(letters),
        [one.source for one in letters],
        [one.raw for one in letters],
        [one.event_key for one in letters],
        [one.name for one in outcomes],
        [one.detail for one in outcomes],
    )
