"""What the books hold at the end of a day: in transit, in suspense, and held against all statements so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, false, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from reconciliation.equations import NAMED, OPENING, RECEIVED, REFUNDED, REMITTED, Equation, equation
from reconciliation.ports import Transit, TransitBook
from reconciliation.reasons import SOURCE_NAMES, Sentence
from reconciliation.tables import (
    day_balance,
    day_transit,
    pooled_row,
    reconciliation_break,
    reconciliation_day,
    source_result,
)
from settlement.ports.statements import Source


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """A line of the balance reconciliation: what it is, of how many rows (None: a balance), and its fen with sign."""

    words: Sentence
    count: int | None
    fen: int


@dataclass(frozen=True, slots=True)
class BalanceStatement:
    """余额调节表: from our balance in transit, and from all statements so far, to the balance on which both agree."""

    book: tuple[BalanceLine, ...]
    statements: tuple[BalanceLine, ...]

    @property
    def book_fen(self) -> int:
        """Our balance, corrected by what the statements have not shown yet."""
        return sum(line.fen for line in self.book)

    @property
    def statements_fen(self) -> int:
        """What the statements come to, without the rows that have no counterpart in our book."""
        return sum(line.fen for line in self.statements)


async def record_transit(db: AsyncConnection, record: UUID, region: str, day: date, book: TransitBook) -> None:
    """Writes down the in-transit and suspense accounts of a day, and how much of them has a name.

    A row in transit is explained where pool or break has its number, or where its source showed it before the ledger
    counts it, be it as a difference of an earlier day.
    """
    transit = await book.transit(db, region, day)
    named = await _named(db, record, region, day, [one.key for one in transit.rows])
    values = {
        "opening_fen": transit.opening_fen,
        "received_fen": transit.received_fen,
        "refunded_fen": transit.refunded_fen,
        "remitted_fen": transit.remitted_fen,
        "closing_fen": transit.closing_fen,
        "explained_fen": transit.in_cases_fen
        + sum(one.amount_fen for one in transit.rows if one.is_shown or (one.source.value, one.key) in named),
        "adjusted_fen": transit.adjusted_fen,
        "by_hand_fen": transit.by_hand_fen,
        "surplus_fen": transit.suspense.surplus_fen,
        "surplus_named_fen": transit.suspense.surplus_named_fen,
        "shortage_fen": transit.suspense.shortage_fen,
        "shortage_named_fen": transit.suspense.shortage_named_fen,
    }
    statement = upsert(day_transit).values(day_id=record, **values)
    await db.execute(statement.on_conflict_do_update(index_elements=["day_id"], set_=values))
    await _record_balance(db, record, region, day, transit)


async def _named(
    db: AsyncConnection, record: UUID, region: str, day: date, numbers: Sequence[str]
) -> set[tuple[str, str]]:
    """Which of these numbers, each with its source, stand in the day's pool or breaks, as key or as second key.

    A row that an earlier day's break holds against a statement is no candidate of this day, and named by that.
    """
    earlier = (reconciliation_day.c.region == region) & (reconciliation_day.c.day < day)
    on_statement = reconciliation_break.c.day_id.in_(select(reconciliation_day.c.id).where(earlier)) & (
        reconciliation_break.c.their_count > 0
    )
    named = set[tuple[str, str]]()
    for table, held in ((pooled_row, false()), (reconciliation_break, on_statement)):
        for number in (table.c.key, table.c.second_key):
            found = await db.execute(
                select(table.c.source, number)
                .where((table.c.day_id == record) | held)
                .where(number == any_(literal(numbers, ARRAY(Text))))
            )
            named |= {(source, key) for source, key in found}
    return named


async def _record_balance(db: AsyncConnection, record: UUID, region: str, day: date, transit: Transit) -> None:
    """By source, what all statements up to the day showed and matched, and what of ours none of them has shown."""
    if transit.unshown is None:
        return
    sums = await db.execute(
        select(source_result.c.source, func.sum(source_result.c.their_fen), func.sum(source_result.c.matched_fen))
        .join(reconciliation_day, reconciliation_day.c.id == source_result.c.day_id)
        .where(reconciliation_day.c.region == region, reconciliation_day.c.day <= day)
        .group_by(source_result.c.source)
    )
    shown = {source: (int(their), int(matched)) for source, their, matched in sums}
    for source, unshown in transit.unshown.items():
        their_fen, matched_fen = shown.get(source.value, (0, 0))
        values = {
            "shown_fen": their_fen,
            "matched_fen": matched_fen - unshown.early_fen,
            "unshown_count": unshown.count,
            "unshown_fen": unshown.fen,
        }
        statement = upsert(day_balance).values(day_id=record, source=source, **values)
        await db.execute(statement.on_conflict_do_update(index_elements=["day_id", "source"], set_=values))


async def transit_equations(db: AsyncConnection, day_id: UUID) -> tuple[Equation, ...]:
    """In transit: what came and went is what is left, and what is left has a name; the suspense accounts likewise."""
    row = (await db.execute(select(day_transit).where(day_transit.c.day_id == day_id))).one_or_none()
    if row is None:
        return ()
    return (
        equation(
            Sentence(
                "在途：期初 + 收 − 退 − 拨 = 期末", "in transit: opening + received − refunded − remitted = closing"
            ),
            (
                (OPENING, row.opening_fen),
                (RECEIVED, row.received_fen),
                (REFUNDED, -row.refunded_fen),
                (REMITTED, -row.remitted_fen),
            ),
            row.closing_fen,
        ),
        equation(
            Sentence("在途：池中与差错所列 = 期末", "in transit: what pool and breaks name = closing"),
            ((NAMED, row.explained_fen),),
            row.closing_fen,
        ),
        equation(
            Sentence("长款挂账：未结处理单与长款所列 = 账面", "surplus: open cases and surplus payments = book"),
            ((NAMED, row.surplus_named_fen),),
            row.surplus_fen,
        ),
        equation(
            Sentence("短款挂账：未结处理单所列 = 账面", "shortage account: open cases = book"),
            ((NAMED, row.shortage_named_fen),),
            row.shortage_fen,
        ),
    )


async def balance_statement(db: AsyncConnection, day_id: UUID) -> BalanceStatement | None:
    """The balance reconciliation of a day, or None where it was never drawn up.

    Money comes in by the channel and goes out to the treasury and the non-tax account: a row that one side alone has
    counts with the sign of its source.
    """
    transit = (await db.execute(select(day_transit).where(day_transit.c.day_id == day_id))).one_or_none()
    found = await db.execute(select(day_balance).where(day_balance.c.day_id == day_id).order_by(day_balance.c.source))
    sources = [(Source(row.source), 1 if row.source == Source.channel else -1, row) for row in found]
    if transit is None or not sources:
        return None
    book = [BalanceLine(Sentence("我方渠道在途账面余额", "our balance in transit"), None, transit.closing_fen)]
    statements = []
    for source, sign, row in sources:
        name = SOURCE_NAMES[source]
        words = Sentence(f"我方已记、{name.zh}未列", f"booked by us, not shown by {name.en}")
        book.append(BalanceLine(words, row.unshown_count, -sign * row.unshown_fen))
        words = Sentence(f"{name.zh}对账单累计", f"all statements of {name.en}")
        statements.append(BalanceLine(words, None, sign * row.shown_fen))
        words = Sentence(f"{name.zh}已列、未与我方对平", f"shown by {name.en}, not matched by us")
        statements.append(BalanceLine(words, None, -sign * (row.shown_fen - row.matched_fen)))
    book += [
        BalanceLine(Sentence("差错处理分录", "entries of decided cases"), None, -transit.adjusted_fen),
        BalanceLine(Sentence("渠道外退回", "given back outside the channel"), None, transit.by_hand_fen),
    ]
    return BalanceStatement(tuple(book), tuple(statements))


def balance_equation(balance: BalanceStatement | None) -> Equation | None:
    """Both sides of the balance reconciliation must come to the same."""
    if balance is None:
        return None
    return equation(
        Sentence("余额调节表：我方调节后 = 对账单调节后", "balance reconciled: ours = the statements'"),
        [(line.words, line.fen) for line in balance.book],
        balance.statements_fen,
    )
