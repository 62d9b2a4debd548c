"""What must be true at any moment, looked at every minute: what can be known during the day is a case at once.

The numbers I-2 to I-13 are finance's own. What the database itself refuses (an entry that does not balance, a payment
without proof, one person in both roles) needs no look; what means reading the whole book is `nightly`.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from foundation import clock
from foundation.money import yuan
from reconciliation.kinds import KINDS
from settlement.cases import UNSETTLED, NewCase, office_case, open_cases, vanish

LOOK_BACK = timedelta(days=3)
"""Bills confirmed earlier are looked at by night."""

HEARD = timedelta(seconds=60)
"""How long a proof of payment may stand in the inbox before the order counts as paid."""

FOLLOWED = timedelta(minutes=30)
"""How long after payment the tax office and the non-tax platform should have confirmed it."""

TOLD = timedelta(minutes=60)
"""How long a settled bill may wait until the registry has heard of it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be true: a query for what breaks it, and the sentence that says so in both languages.

    The query gives `subject` (what the case is about, once), `region`, `bill_id` and `amount_fen`, and the figures that
    the sentences name.
    """

    kind: str
    name: str
    query: str
    zh: str
    en: str

    def case(self, row: RowMapping) -> NewCase:
        """The case of one row that breaks it."""
        figures = {key: yuan(int(value)) if key.endswith("_fen") else value for key, value in row.items()}
        kind = KINDS[self.kind]
        return NewCase(
            region=row["region"],
            kind=self.kind,
            fingerprint=f"{self.prefix}{row['subject']}",
            reason=self.zh.format(**figures),
            amount_fen=int(row["amount_fen"] or 0),
            business_day=clock.today(),
            bill_id=row["bill_id"],
            facts={
                "reason_en": self.en.format(**figures),
                "action": kind.action.model_dump(),
                "key": str(row.get("number") or ""),
            },
            days_to_settle=kind.days_to_settle,
        )

    @property
    def prefix(self) -> str:
        """With what the fingerprints of this check begin."""
        return f"{self.kind}:{self.name}:"


CHECKS = (
    Check(
        "I-2",
        "sums",
        """
        SELECT bill.id AS subject, bill.region, bill.id AS bill_id, bill.number, bill.amount_fen,
            lines.fen AS lines_fen, shares.fen AS shares_fen, allocated.fen AS allocated_fen
        FROM bill
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_fen), 0) AS fen FROM line WHERE bill_id = bill.id) AS lines
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_fen), 0) AS fen FROM share WHERE bill_id = bill.id) AS shares
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_fen), 0) AS fen FROM allocation_line WHERE bill_id = bill.id
        ) AS allocated
        WHERE bill.confirmed_at >= :since AND bill.state <> 'withdrawn'
            AND (lines.fen <> bill.amount_fen OR shares.fen <> bill.amount_fen OR allocated.fen <> bill.amount_fen)
        """,
        "缴款单 {number} 合计 {amount_fen}，明细 {lines_fen}，份额 {shares_fen}，清分 {allocated_fen}，应当相等",
        "bill {number} comes to {amount_fen}, its lines to {lines_fen}, shares to {shares_fen}, "
        "allocation to {allocated_fen}; they must be equal",
    ),
    Check(
        "I-2",
        "code",
        """
        SELECT ordered.id AS subject, ordered.region, ordered.bill_id, ordered.order_id AS number, ordered.amount_fen,
            share.amount_fen AS share_fen
        FROM channel_order ordered JOIN share ON share.id = ordered.share_id
        WHERE ordered.started_at >= :since AND ordered.amount_fen <> share.amount_fen
        """,
        "订单 {number} 为 {amount_fen}，份额为 {share_fen}，应当相等",
        "order {number} is over {amount_fen}, its share over {share_fen}; they must be equal",
    ),
    Check(
        "I-2",
        "together",
        """
        SELECT attempt.id AS subject, attempt.region, NULL::uuid AS bill_id, attempt.order_id AS number,
            attempt.amount_fen, coalesce(sum(member.amount_fen), 0) AS shares_fen
        FROM joint_order attempt LEFT JOIN channel_order member ON member.joint_order_id = attempt.id
        WHERE attempt.started_at >= :since
        GROUP BY attempt.id HAVING attempt.amount_fen <> coalesce(sum(member.amount_fen), 0)
        """,
        "一并缴款订单 {number} 为 {amount_fen}，其各份额合计 {shares_fen}，应当相等",
        "joint order {number} is over {amount_fen}, its shares come to {shares_fen}; they must be equal",
    ),
    Check(
        "I-5",
        "proof",
        """
        SELECT DISTINCT ordered.id AS subject, ordered.region, ordered.bill_id, ordered.order_id AS number,
            ordered.amount_fen, ordered.state
        FROM inbox JOIN (
            SELECT id, region, bill_id, order_id, amount_fen, state FROM channel_order
            UNION ALL SELECT id, region, NULL, order_id, amount_fen, state FROM joint_order
        ) AS ordered ON ordered.order_id = split_part(inbox.event_key, ':', 2)
        WHERE inbox.received_at BETWEEN :since AND :unheard AND inbox.outcome = 'applied'
            AND split_part(inbox.event_key, ':', 4) = 'paid'
            AND ordered.state NOT IN ('paid', 'paid_late', 'paid_other')
        """,
        "渠道已通知订单 {number} 支付成功 {amount_fen}，我方仍记为 {state}",
        "the channel has told that order {number} was paid, {amount_fen}, and we hold it for {state}",
    ),
    Check(
        "I-6",
        "cleared",
        """
        SELECT bill.id AS subject, bill.region, bill.id AS bill_id, bill.number, sum(piece.amount_fen) AS amount_fen
        FROM bill JOIN allocation_line piece ON piece.bill_id = bill.id
        WHERE bill.cleared_at >= :since AND bill.state = 'cleared'
            AND piece.state IN ('planned', 'due', 'in_transit', 'received', 'held')
        GROUP BY bill.id
        """,
        "缴款单 {number} 已通知登记系统放行，还有 {amount_fen} 没有入库入账",
        "the registry was told that bill {number} is clear while {amount_fen} has not arrived",
    ),
    Check(
        "I-10",
        "followed",
        """
        SELECT bill.id AS subject, bill.region, bill.id AS bill_id, bill.number, sum(piece.amount_fen) AS amount_fen
        FROM bill JOIN allocation_line piece ON piece.bill_id = bill.id
        WHERE bill.paid_at BETWEEN :since AND :unfollowed AND bill.state = 'paid' AND piece.state = 'in_transit'
        GROUP BY bill.id
        """,
        "缴款单 {number} 已缴清，{amount_fen} 至今没有税务或非税平台的确认",
        "bill {number} is paid, and {amount_fen} of it was not confirmed by tax office or non-tax platform",
    ),
    Check(
        "I-10",
        "told",
        """
        SELECT id AS subject, region, id AS bill_id, number, amount_fen FROM bill
        WHERE settled_at BETWEEN :since AND :untold AND state = 'settled'
        """,
        "缴款单 {number} 已全部到账，登记系统至今没有收到缴清通知",
        "bill {number} has arrived in full, and the registry has not taken the notice of it",
    ),
    Check(
        "I-13",
        "overdue",
        """
        SELECT piece.id AS subject, piece.region, piece.bill_id, bill.number, piece.amount_fen,
            ordered.clearing_day AS paid_on
        FROM allocation_line piece
        JOIN bill ON bill.id = piece.bill_id
        JOIN channel_order ordered ON ordered.share_id = piece.share_id AND ordered.state = 'paid'
        WHERE piece.state IN ('in_transit', 'received') AND ordered.clearing_day < :overdue
        """,
        "缴款单 {number} 的 {amount_fen} 于 {paid_on} 已缴，超过应到日仍未入库入账",
        "{amount_fen} of bill {number}, paid on {paid_on}, has not arrived in its time",
    ),
)


_MOMENTS = ("since", "unheard", "unfollowed", "untold", "overdue")
_QUERIES = {
    check.prefix: (text(check.query), [name for name in _MOMENTS if f":{name}" in check.query]) for check in CHECKS
}


async def watch(engine: AsyncEngine) -> int:
    """Looks at every check: opens a case for what breaks it, ends the cases of what no longer does; how many break."""
    async with engine.begin() as db:
        return await look(db, CHECKS, clock.now() - LOOK_BACK)


async def look(db: AsyncConnection, checks: Sequence[Check], since: datetime) -> int:
    """Looks at checks over what happened since an instant; how many things break them."""
    now = clock.now()
    moments: Mapping[str, Any] = {
        "since": since,
        "unheard": now - HEARD,
        "unfollowed": now - FOLLOWED,
        "untold": now - TOLD,
        "overdue": clock.today() - timedelta(days=2),
    }
    cases: list[NewCase] = []
    for check in checks:
        query, names = _QUERIES[check.prefix]
        rows = await db.execute(query, {name: moments[name] for name in names})
        cases += [check.case(row) for row in rows.mappings()]
    await open_cases(db, cases)
    await _end(db, checks, {one.fingerprint for one in cases})
    return len(cases)


async def _end(db: AsyncConnection, checks: Sequence[Check], still: Set[str]) -> None:
    """Ends the cases of checks that are no longer broken."""
    found = await db.execute(
        select(office_case.c.id, office_case.c.state, office_case.c.fingerprint).where(
            office_case.c.kind.in_({check.kind for check in checks}),
            office_case.c.state.in_(UNSETTLED),
            or_(*(office_case.c.fingerprint.startswith(check.prefix, autoescape=True) for check in checks)),
        )
    )
    gone = [(one.id, one.state) for one in found if one.fingerprint not in still]
    await vanish(db, gone, "it is as it should be again")
