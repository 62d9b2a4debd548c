"""The journal in the database (its Protocol is `settlement.ports.journal`). Messages hold names: they are sealed."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation import clock
from foundation.errors import Unavailable
from foundation.identifiers import new_id
from foundation.sealing import Seal
from settlement.exchanges.tables import exchange, exchanges, network_day
from settlement.ports.journal import Exchange, Numbers, Phase

_CONTEXT = "exchange"


class DatabaseJournal:
    """Implements `settlement.ports.journal.Journal` for one region and network."""

    def __init__(self, database: AsyncEngine, seal: Seal, region: str, network: str) -> None:
        self._database = database
        self._seal = seal
        self._region = region
        self._network = network

    async def numbers(self, message: str) -> Numbers:
        """Fresh numbers on the network's work date; on the day in China before the network has told its own."""
        async with self._database.begin() as db:
            serial = await db.scalar(text("SELECT nextval('exchange_serial')"))
            here = (network_day.c.region == self._region) & (network_day.c.network == self._network)
            told = (await db.execute(select(network_day).where(here))).one_or_none()
        if told is not None and told.phase == Phase.closed:
            raise Unavailable(f"{self._network} is closed for maintenance since {told.said_at:%Y-%m-%d %H:%M} UTC")
        day = told.day if told else clock.today()
        return Numbers(day, f"{serial:08d}", f"{day:%Y%m%d}{message}{serial:08d}")

    async def never_again(self) -> int:
        """The next of the sequence from which pay codes are made."""
        async with self._database.begin() as db:
            return int(await db.scalar(text("SELECT nextval('pay_code_serial')")) or 0)

    async def send(self, subject: str, message: str, make: Callable[[Numbers], bytes], reference: str = "") -> Exchange:
        """Writes a message down before it leaves. Unavailable while one of its subject is unanswered or accepted."""
        numbers = await self.numbers(message)
        made = Exchange(new_id(), numbers, reference, exchanges.first, make(numbers), None)
        try:
            async with self._database.begin() as db:
                await db.execute(
                    insert(exchange).values(
                        id=made.id,
                        region=self._region,
                        network=self._network,
                        message=message,
                        subject=subject,
                        day=numbers.day,
                        serial=numbers.serial,
                        message_id=numbers.message_id,
                        reference=reference,
                        state=made.state,
                        request_sealed=self._sealed(made.request),
                        sent_at=clock.now(),
                    )
                )
        except IntegrityError:
            raise Unavailable(f"message {message} for {subject} was sent before; its outcome is asked for") from None
        return made

    async def settle(self, exchange_: Exchange, event: str, answer: bytes | None, result: str) -> None:
        """Records how a message ended."""
        values: dict[str, Any] = {"result": result, "ended_at": clock.now()}
        if answer is not None:
            values["answer_sealed"] = self._sealed(answer)
        async with self._database.begin() as db:
            await exchanges.advance(db, exchange_.id, exchange_.state, event, **values)

    async def last(self, subject: str, message: str) -> Exchange | None:
        """The newest message of a subject."""
        of_subject = (exchange.c.region == self._region) & (exchange.c.network == self._network)
        wanted = (
            select(exchange)
            .where(of_subject, exchange.c.subject == subject, exchange.c.message == message)
            .order_by(exchange.c.id.desc())
            .limit(1)
        )
        async with self._database.connect() as db:
            row = (await db.execute(wanted)).one_or_none()
        return None if row is None else self._read(row)

    def _read(self, row: Row[Any]) -> Exchange:
        answer = None if row.answer_sealed is None else self._opened(row.answer_sealed)
        numbers = Numbers(row.day, row.serial, row.message_id)
        return Exchange(row.id, numbers, row.reference, row.state, self._opened(row.request_sealed), answer)

    def _sealed(self, raw: bytes) -> bytes:
        return self._seal.close(raw.decode("latin-1"), _CONTEXT)

    def _opened(self, sealed: bytes) -> bytes:
        return self._seal.open(sealed, _CONTEXT).encode("latin-1")
