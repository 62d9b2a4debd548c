"""What must be true at any moment: for each such thing a query for what breaks it, and the sentence that says so.

The numbers I-1 to I-13 are finance's own. What the database itself refuses (I-1, I-4, I-11) is looked for all the same:
whoever can switch a trigger off can also write what it would have refused.
"""

from dataclasses import dataclass

from sqlalchemy import RowMapping

from foundation import clock
from foundation.money import yuan
from reconciliation.kinds import KINDS
from settlement.cases import NewCase


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
        "I-1",
        "totals",
        """
        SELECT account.region || ':' || total.effective_on AS subject, account.region, NULL::uuid AS bill_id,
            total.effective_on AS number, abs(sum(total.debits) - sum(total.credits)) AS amount_fen,
            sum(total.debits) AS debits_fen, sum(total.credits) AS credits_fen
        FROM ledger.day_total total JOIN ledger.account ON account.id = total.account_id
        WHERE total.effective_on >= CAST(CAST(:since AS timestamptz) AS date)
        GROUP BY account.region, total.effective_on HAVING sum(total.debits) <> sum(total.credits)
        """,
        "账簿 {number} 借方合计 {debits_fen}，贷方合计 {credits_fen}，应当相等",
        "the book of {number} has {debits_fen} in debit and {credits_fen} in credit; they must be equal",
    ),
    Check(
        "I-4",
        "proven",
        """
        SELECT ordered.id AS subject, ordered.region, ordered.bill_id, ordered.order_id AS number, ordered.amount_fen,
            coalesce(ordered.proved_by, '-') AS proved_by
        FROM (
            SELECT id, region, bill_id, channel, merchant, order_id, query_id, amount_fen, state, proved_by,
                settled_in, 'channel_order' AS machine
            FROM channel_order WHERE started_at >= :since AND joint_order_id IS NULL
            UNION ALL
            SELECT id, region, NULL, channel, merchant, order_id, query_id, amount_fen, state, proved_by, NULL,
                'joint_order'
            FROM joint_order WHERE started_at >= :since
        ) AS ordered
        WHERE ordered.state IN ('paid', 'paid_late', 'paid_other') AND (
            NOT EXISTS (
                SELECT FROM transition
                WHERE subject = ordered.id AND machine = ordered.machine AND went_to = ordered.state
            )
            AND NOT EXISTS (
                SELECT FROM transition_set step
                WHERE step.id = ordered.settled_in AND ordered.id = ANY (step.subjects)
                    AND step.machine = ordered.machine AND step.went_to = ordered.state
            )
            OR ordered.proved_by = 'notification' AND NOT EXISTS (
                SELECT FROM inbox WHERE inbox.channel = ordered.channel AND outcome = 'applied'
                AND event_key = concat_ws(':', ordered.merchant, ordered.order_id, ordered.query_id, 'paid')
            )
        )
        """,
        "订单 {number} 记为已缴 {amount_fen}，凭据为 {proved_by}，却查无渠道通知或办理经过",
        "order {number} is held for paid, {amount_fen}, by {proved_by}; there is no such message or no such step",
    ),
    Check(
        "I-7",
        "suspense",
        """
        SELECT old.item || ':' || old.over AS subject, old.region, old.bill_id, old.number, old.amount_fen,
            old.since, old.days, old.over, old.zh, old.en
        FROM (
            SELECT held.*, aged.days,
                (SELECT max(age) FROM unnest(CAST(:ages AS int[])) AS age WHERE aged.days > age) AS over
            FROM (
                SELECT came.id::text AS item, came.region, came.bill_id, came.query_id AS number,
                    came.amount_fen - coalesce(gone.fen, 0) AS amount_fen, came.clearing_day AS since,
                    '长款挂账' AS zh, 'surplus' AS en
                FROM surplus_payment came
                CROSS JOIN LATERAL (
                    SELECT sum(piece.amount_fen) AS fen
                    FROM refund_line piece JOIN refund ON refund.id = piece.refund_id
                    WHERE piece.surplus_id = came.id AND refund.state NOT IN ('proposed', 'rejected')
                ) AS gone
                UNION ALL
                SELECT posted.case_id || posted.class, told.region, told.bill_id, 'D' || lpad(told.no::text, 7, '0'),
                    abs(sum(posted.fen)), max(posted.effective_on) FILTER (WHERE posted.fen > 0),
                    CASE posted.class WHEN 'surplus' THEN '长款挂账' ELSE '短款挂账' END, posted.class
                FROM (
                    SELECT case_id, split_part(credit, ':', 2) AS class, effective_on,
                        CASE split_part(credit, ':', 2) WHEN 'surplus' THEN amount_fen ELSE -amount_fen END AS fen
                    FROM case_posting WHERE split_part(credit, ':', 2) IN ('surplus', 'shortage')
                    UNION ALL
                    SELECT case_id, split_part(debit, ':', 2), effective_on,
                        CASE split_part(debit, ':', 2) WHEN 'shortage' THEN amount_fen ELSE -amount_fen END
                    FROM case_posting WHERE split_part(debit, ':', 2) IN ('surplus', 'shortage')
                ) AS posted JOIN office_case told ON told.id = posted.case_id
                GROUP BY posted.case_id, posted.class, told.id HAVING sum(posted.fen) <> 0
            ) AS held CROSS JOIN LATERAL (SELECT CAST(:today AS date) - held.since AS days) AS aged
        ) AS old
        WHERE old.over IS NOT NULL AND old.amount_fen <> 0
        """,
        "{number} 的 {amount_fen} 自 {since} 起在{zh}，已 {days} 天，超过 {over} 天",
        "{amount_fen} of {number} is in suspense ({en}) since {since}, {days} days, more than {over}",
    ),
    Check(
        "I-11",
        "two_people",
        """
        SELECT signed.what || ':' || signed.id AS subject, signed.region, signed.bill_id, signed.what AS number,
            signed.amount_fen, signed.first, signed.second
        FROM (
            SELECT '差错处理单' AS what, proposal.id, told.region, told.bill_id, told.amount_fen,
                proposal.proposed_by AS first, proposal.decided_by AS second
            FROM case_proposal proposal JOIN office_case told ON told.id = proposal.case_id
            UNION ALL
            SELECT '退款单 ' || number, id, region, bill_id, amount_fen, proposed_by, decided_by FROM refund
            UNION ALL
            SELECT '红字票据', red_letter.id, refund.region, refund.bill_id, red_letter.amount_fen,
                red_letter.proposed_by, red_letter.approved_by
            FROM red_letter JOIN refund_line piece ON piece.id = red_letter.refund_line_id
            JOIN refund ON refund.id = piece.refund_id
            UNION ALL
            SELECT '日结 ' || day, id, region, NULL, 0, prepared_by, signed_by FROM day_signature
            UNION ALL
            SELECT '人员变更', id, region, NULL, 0, proposed_by, approved_by FROM person_change
            UNION ALL
            SELECT '区县配置', id, region, NULL, 0, proposed_by, approved_by FROM region_version
            UNION ALL
            SELECT '窗口', id, region, NULL, 0, proposed_by, approved_by FROM window_version
        ) AS signed
        WHERE lower(btrim(signed.first)) = lower(btrim(signed.second))
        """,
        "{number} 由 {first} 提出、{second} 核定，实为一人",
        "{number} was proposed by {first} and decided by {second}, who are one person",
    ),
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
