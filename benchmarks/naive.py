"""The version that one writes first: an ORM transaction for each payment, with its accounts' rows locked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from sqlalchemy import BigInteger, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_PAYERS = 20
_random = Random(2)  # noqa: S311


class Base(DeclarativeBase):
    pass


class NaiveAccount(Base):
    __tablename__ = "naive_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int] = mapped_column(BigInteger, default=0)


class NaiveTransfer(Base):
    __tablename__ = "naive_transfer"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    debit: Mapped[int] = mapped_column(index=True)
    credit: Mapped[int] = mapped_column(index=True)
    amount: Mapped[int] = mapped_column(BigInteger)


class Naive:
    """Account 1 is the hot one; the others pay into it."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str) -> AsyncIterator["Naive"]:
        made = create_async_engine(url, pool_size=32)
        async with made.begin() as db:
            await db.run_sync(Base.metadata.drop_all)
            await db.run_sync(Base.metadata.create_all)
        sessions = async_sessionmaker(made)
        async with sessions.begin() as session:
            session.add_all([NaiveAccount(id=number, balance=0) for number in range(1, _PAYERS + 2)])
        yield cls(sessions)
        await made.dispose()

    async def pay(self) -> None:
        """One payment of three transfers, one commit."""
        payers = _random.sample(range(2, _PAYERS + 2), 3)
        async with self._sessions.begin() as session:
            query = select(NaiveAccount).where(NaiveAccount.id.in_([1, *payers])).order_by(NaiveAccount.id)
            accounts = {one.id: one for one in await session.scalars(query.with_for_update())}
            for payer in payers:
                accounts[payer].balance -= 100
                accounts[1].balance += 100
                session.add(NaiveTransfer(debit=payer, credit=1, amount=100))
