"""Reading the book: balances and statements."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import NotFound
from ledger.accounts import AccountClass, Side
from ledger.entries import EntryKind


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's counters in fen; `balance` is what is left on the account's normal side."""

    code: str
    cls: AccountClass
    debits: int
    credits: int

    @property
    def balance(self) -> int:
        moved = self.debits - self.credits
        return moved if self.cls.normal_side is Side.debit else -moved


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transfer as one account sees it, with the balance after it on the normal side, all in fen."""

    entry_id: int
    key: UUID
    kind: EntryKind
    effective_on: date
    recorded_at: datetime
    reference: str
    facing: str
    debit: int
    credit: int
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's lines of some effective days, both ends included, in the order they count."""

    code: str
    start: date
    end: date
    opening: int
    lines: tuple[StatementLine, ...]
    closing: int


async def balances(db: AsyncConnection, prefix: str | None = None, region: str | None = None) -> list[Balance]:
    """The balances now, by code; of accounts whose code begins with `prefix`, or of one region."""
    rows = await db.execute(
        text("""
            SELECT account.code, class.name, balance.debits, balance.credits
            FROM ledger.account
            JOIN ledger.account_class class ON class.id = account.class
            JOIN ledger.balance ON balance.account_id = account.id
            WHERE starts_with(account.code, :prefix) AND (CAST(:region AS text) IS NULL OR account.region = :region)
            ORDER BY account.code
        """),
        {"prefix": prefix or "", "region": region},
    )
    return [Balance(code, AccountClass(name), debits, credits) for code, name, debits, credits in rows]


async def statement(db: AsyncConnection, code: str, start: date, end: date) -> Statement:
    """An account's statement from `start` to `end`. Raises `NotFound`."""
    account = (
        await db.execute(
            text("""
                SELECT account.id, class.name,
                    CAST(coalesce((
                        SELECT sum(debits) - sum(credits) FROM ledger.day_total
                        WHERE account_id = account.id AND effective_on < :start
                    ), 0) AS bigint)
                FROM ledger.account JOIN ledger.account_class class ON class.id = account.class
                WHERE account.code = :code
            """),
            {"code": code, "start": start},
        )
    ).one_or_none()
    if account is None:
        raise NotFound(f"there is no account {code}", account=code)
    account_id, class_name, opening = account
    sign = 1 if AccountClass(class_name).normal_side is Side.debit else -1
    rows = await db.execute(text(_LINES), {"account": account_id, "start": start, "end": end})
    running = opening = sign * opening
    lines = []
    for entry_id, key, kind, effective_on, recorded_at, reference, facing, debit, credit in rows:
        running += sign * (debit - credit)
        lines.append(
            StatementLine(
                entry_id, key, EntryKind(kind), effective_on, recorded_at, reference, facing, debit, credit, running
            )
        )
    return Statement(code, start, end, opening, tuple(lines), running)


_LINES = """
    SELECT entry.id, entry.key, kind.name, entry.effective_on, entry.recorded_at, entry.reference,
        facing.code, side.debit, side.credit
    FROM (
        SELECT entry_id, effective_on, no, credit AS facing, amount AS debit, 0 AS credit
        FROM ledger.transfer WHERE debit = :account AND effective_on BETWEEN :start AND :end
        UNION ALL
        SELECT entry_id, effective_on, no, debit, 0, amount
        FROM ledger.transfer WHERE credit = :account AND effective_on BETWEEN :start AND :end
    ) AS side
    JOIN ledger.entry ON entry.id = side.entry_id AND entry.effective_on = side.effective_on
    JOIN ledger.entry_kind kind ON kind.id = entry.kind
    JOIN ledger.account facing ON facing.id = side.facing
    ORDER BY side.effective_on, side.entry_id, side.no
"""
