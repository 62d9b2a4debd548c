"""Reading the book: balances now, as of a day, as known at a time; statements."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import BadInput, NotFound
from ledger.accounts import AccountClass, Side
from ledger.entries import EntryKind

LONGEST_STATEMENT = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's counters in fen; `balance` is what is left on the account's normal side.

    The pending counters are what is held now and counts nowhere yet; they are 0 in a balance of the past.
    """

    code: str
    cls: AccountClass
    debits: int
    credits: int
    pending_debits: int = 0
    pending_credits: int = 0

    @property
    def balance(self) -> int:
        moved = self.debits - self.credits
        return moved if self.cls.normal_side is Side.debit else -moved


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transfer as one account sees it, with the balance after it on the normal side, all in fen.

    `reverses` and `reversed_day` name the entry that this one takes back, and the day on which that one counts.
    """

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
    reverses: UUID | None = None
    reversed_day: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's lines of some effective days, both ends included, in the order they count."""

    code: str
    cls: AccountClass
    start: date
    end: date
    opening: int
    lines: tuple[StatementLine, ...]
    closing: int


async def balances(db: AsyncConnection, prefix: str | None = None, region: str | None = None) -> list[Balance]:
    """The balances now, by code; of accounts whose code begins with `prefix`, or of one region."""
    rows = await db.execute(
        text(f"""
            SELECT account.code, class.name, total.debits, total.credits,
                coalesce(hold.debits - hold.released_debits, 0), coalesce(hold.credits - hold.released_credits, 0)
            FROM {_ACCOUNTS}
            JOIN ledger.account_total total ON total.account_id = account.id
            LEFT JOIN ledger.hold_total hold ON hold.account_id = account.id
            WHERE {_CHOSEN} ORDER BY account.code
        """),
        {"prefix": prefix or "", "region": region},
    )
    return [Balance(row[0], AccountClass(row[1]), *row[2:]) for row in rows]


async def balances_as_of(
    db: AsyncConnection,
    on: date,
    known_at: datetime | None = None,
    prefix: str | None = None,
    region: str | None = None,
) -> list[Balance]:
    """The balances at the end of an effective day, as known now or at a recorded time; a trial balance.

    Reads a row per account, day on which it moved, and lane. With `known_at` what was recorded later is taken off
    again, so that the cost grows with what was recorded since.
    """
    days = f"""
        SELECT account.id, account.code, class.name, total.debits, total.credits
        FROM {_ACCOUNTS}, LATERAL (
            SELECT coalesce(sum(debits), 0) AS debits, coalesce(sum(credits), 0) AS credits
            FROM ledger.day_total WHERE account_id = account.id AND effective_on <= :on
        ) AS total
        WHERE {_CHOSEN}
    """
    if known_at is None:
        asked = f"SELECT code, name, CAST(debits AS bigint), CAST(credits AS bigint) FROM ({days}) d ORDER BY code"
    else:
        asked = _KNOWN_AT.format(days=days)
    chosen = {"prefix": prefix or "", "region": region, "on": on}
    rows = await db.execute(text(asked), chosen if known_at is None else {**chosen, "known_at": known_at})
    return [Balance(row[0], AccountClass(row[1]), *row[2:]) for row in rows]


async def statement(db: AsyncConnection, code: str, start: date, end: date) -> Statement:
    """An account's statement from `start` to `end`, at most a year. Raises `NotFound`, or `BadInput` for the days."""
    if not timedelta(0) <= end - start <= LONGEST_STATEMENT:
        raise BadInput("end", end.isoformat(), f"a day from {start} to a year after it")
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
    account_id, cls, opening = account[0], AccountClass(account[1]), account[2]
    sign = 1 if cls.normal_side is Side.debit else -1
    rows = await db.execute(text(_LINES), {"account": account_id, "start": start, "end": end})
    running = opening = sign * opening
    lines = []
    for entry_id, key, kind, effective_on, recorded_at, reference, facing, debit, credit, reverses, day in rows:
        running += sign * (debit - credit)
        said = (entry_id, key, EntryKind(kind), effective_on, recorded_at, reference, facing)
        lines.append(StatementLine(*said, debit, credit, running, reverses, day))
    return Statement(code, cls, start, end, opening, tuple(lines), running)


_ACCOUNTS = "ledger.account JOIN ledger.account_class class ON class.id = account.class"
_CHOSEN = "starts_with(account.code, :prefix) AND (CAST(:region AS text) IS NULL OR account.region = :region)"

_KNOWN_AT = """
    WITH later AS (
        SELECT transfer.debit, transfer.credit, transfer.amount
        FROM ledger.batch
        JOIN ledger.transfer ON transfer.entry_id BETWEEN batch.id * 8192 AND batch.id * 8192 + 8191
        WHERE batch.recorded_at > :known_at AND transfer.effective_on <= :on
    )
    SELECT code, name,
        CAST(debits - (SELECT coalesce(sum(amount), 0) FROM later WHERE debit = days.id) AS bigint),
        CAST(credits - (SELECT coalesce(sum(amount), 0) FROM later WHERE credit = days.id) AS bigint)
    FROM ({days}) AS days ORDER BY code
"""

_LINES = """
    SELECT entry.id, entry.key, kind.name, entry.effective_on, entry.recorded_at, entry.reference,
        facing.code, side.debit, side.credit, entry.reverses, original.effective_on
    FROM ledger.trail
    CROSS JOIN LATERAL (
        SELECT entry_id, effective_on, no,
            CASE debit WHEN :account THEN credit ELSE debit END AS facing,
            CASE debit WHEN :account THEN amount ELSE 0 END AS debit,
            CASE debit WHEN :account THEN 0 ELSE amount END AS credit
        FROM ledger.transfer
        WHERE entry_id BETWEEN trail.first_entry AND trail.last_entry AND effective_on = trail.effective_on
            AND :account IN (debit, credit)
        OFFSET 0  -- walked along its key for each row of the trail, and never joined by the day alone
    ) AS side
    JOIN ledger.every_entry entry ON entry.id = side.entry_id AND entry.effective_on = side.effective_on
    JOIN ledger.entry_kind kind ON kind.id = entry.kind
    JOIN ledger.account facing ON facing.id = side.facing
    LEFT JOIN ledger.entry_key original ON original.key = entry.reverses
    WHERE trail.account_id = :account AND trail.effective_on BETWEEN :start AND :end
    ORDER BY side.effective_on, side.entry_id, side.no
"""
