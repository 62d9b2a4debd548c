"""The queries behind `verify`: each answers the subjects (keys, codes, days, places in a chain) that are wrong."""

from enum import StrEnum


class FindingKind(StrEnum):
    """What can be wrong with a book."""

    batch_missing = "batch_missing"
    batch_off_its_predecessor = "batch_off_its_predecessor"
    batch_hash_differs = "batch_hash_differs"
    batch_count_differs = "batch_count_differs"
    entry_differs_from_digest = "entry_differs_from_digest"
    entry_without_key = "entry_without_key"
    entry_without_batch = "entry_without_batch"
    key_without_entry = "key_without_entry"
    transfer_against_rules = "transfer_against_rules"
    counter_differs = "counter_differs"
    limit_broken = "limit_broken"
    day_total_differs = "day_total_differs"
    trail_differs = "trail_differs"
    hold_total_differs = "hold_total_differs"
    hold_differs = "hold_differs"
    reversal_differs = "reversal_differs"
    day_off_its_predecessor = "day_off_its_predecessor"
    day_head_differs = "day_head_differs"
    day_cut_differs = "day_cut_differs"


_CHAIN = """
    SELECT lane, seq, previous, lag(hash) OVER chain AS before, lag(seq) OVER chain AS seq_before
    FROM ledger.batch WINDOW chain AS (PARTITION BY lane ORDER BY seq)
"""

CHECKS: tuple[tuple[FindingKind, str], ...] = (
    (
        FindingKind.batch_missing,
        f"SELECT lane || ':' || seq - 1 FROM ({_CHAIN}) AS chain WHERE seq <> coalesce(seq_before, 0) + 1",
    ),
    (
        FindingKind.batch_off_its_predecessor,
        f"""
        SELECT lane || ':' || seq FROM ({_CHAIN}) AS chain
        WHERE previous <> coalesce(before, sha256(convert_to('heyi ledger lane ' || lane, 'UTF8')))
        """,
    ),
    (
        FindingKind.day_cut_differs,
        """
        SELECT day || ' ' || lane FROM (
            SELECT day, lane, first_seq, last_seq, lag(last_seq) OVER (PARTITION BY lane ORDER BY day) AS before
            FROM ledger.day_cut
        ) AS cut WHERE first_seq <> coalesce(before, 0) + 1 OR last_seq < first_seq
        """,
    ),
    (
        FindingKind.key_without_entry,
        """
        SELECT known.key FROM ledger.entry_key known
        LEFT JOIN ledger.every_entry entry
            ON entry.id = known.entry_id AND entry.effective_on = known.effective_on AND entry.key = known.key
        WHERE entry.id IS NULL
        """,
    ),
    (
        FindingKind.entry_without_key,
        """
        SELECT entry.key FROM ledger.every_entry entry
        LEFT JOIN ledger.entry_key known ON known.key = entry.key AND known.entry_id = entry.id
        WHERE known.key IS NULL
        """,
    ),
    (
        FindingKind.entry_without_batch,
        """
        SELECT entry.key FROM ledger.every_entry entry LEFT JOIN ledger.batch ON batch.id = entry.id / 8192
        WHERE batch.id IS NULL
        """,
    ),
    (
        FindingKind.transfer_against_rules,
        """
        SELECT DISTINCT entry.key
        FROM ledger.every_entry entry
        CROSS JOIN LATERAL unnest(entry.debits, entry.credits) AS transfer (debit, credit)
        LEFT JOIN ledger.account debit ON debit.id = transfer.debit
        LEFT JOIN ledger.account credit ON credit.id = transfer.credit
        LEFT JOIN ledger.entry_rule rule
            ON rule.kind = entry.kind AND rule.debit = debit.class AND rule.credit = credit.class
        WHERE entry.reverses IS NULL AND rule.kind IS NULL
        """,
    ),
    (
        FindingKind.day_total_differs,
        """
        WITH history AS (
            SELECT account_id, effective_on, sum(debit) AS debits, sum(credit) AS credits
            FROM (
                SELECT debit AS account_id, effective_on, amount AS debit, 0 AS credit FROM ledger.transfer
                UNION ALL
                SELECT credit, effective_on, 0, amount FROM ledger.transfer
            ) AS side GROUP BY account_id, effective_on
        ), counted AS (
            SELECT account_id, effective_on, sum(debits) AS debits, sum(credits) AS credits
            FROM ledger.day_total GROUP BY account_id, effective_on
        )
        SELECT account_id || ' ' || effective_on
        FROM history FULL JOIN counted total USING (account_id, effective_on)
        WHERE (history.debits, history.credits) IS DISTINCT FROM (total.debits, total.credits)
        """,
    ),
    (
        FindingKind.trail_differs,
        """
        WITH history AS (
            SELECT account_id, effective_on, min(entry_id) AS first_entry, max(entry_id) AS last_entry
            FROM (
                SELECT debit AS account_id, effective_on, entry_id FROM ledger.transfer
                UNION ALL
                SELECT credit, effective_on, entry_id FROM ledger.transfer
            ) AS side GROUP BY account_id, effective_on, entry_id / 8192
        )
        SELECT DISTINCT account_id || ' ' || effective_on
        FROM history FULL JOIN ledger.trail USING (account_id, effective_on, first_entry)
        WHERE history.last_entry IS DISTINCT FROM trail.last_entry
        """,
    ),
    (
        FindingKind.counter_differs,
        """
        WITH history AS (
            SELECT account_id, sum(debit) AS debits, sum(credit) AS credits
            FROM (
                SELECT debit AS account_id, amount AS debit, 0 AS credit FROM ledger.transfer
                UNION ALL
                SELECT credit, 0, amount FROM ledger.transfer
            ) AS side GROUP BY account_id
        )
        SELECT coalesce(account.code, account_id::text)
        FROM history FULL JOIN ledger.account_total total USING (account_id)
        LEFT JOIN ledger.account ON account.id = account_id
        WHERE (coalesce(history.debits, 0), coalesce(history.credits, 0))
            IS DISTINCT FROM (total.debits, total.credits) OR account.id IS NULL
        """,
    ),
    (
        FindingKind.limit_broken,
        """
        SELECT account.code
        FROM ledger.account_limit bound
        JOIN ledger.account ON account.id = bound.account_id
        JOIN ledger.account_class class ON class.id = account.class
        JOIN ledger.account_total total ON total.account_id = bound.account_id
        WHERE (CASE class.normal_side WHEN 'debit' THEN 1 ELSE -1 END) * (total.debits - total.credits)
            NOT BETWEEN coalesce(bound.lowest, -9223372036854775807) AND coalesce(bound.highest, 9223372036854775807)
        """,
    ),
    (
        FindingKind.hold_total_differs,
        """
        WITH history AS (
            SELECT account_id, sum(debit) AS debits, sum(credit) AS credits,
                coalesce(sum(debit) FILTER (WHERE ended), 0) AS released_debits,
                coalesce(sum(credit) FILTER (WHERE ended), 0) AS released_credits
            FROM (
                SELECT side.*, hold_end.hold IS NOT NULL AS ended
                FROM (
                    SELECT entry_id, debit AS account_id, amount AS debit, 0 AS credit FROM ledger.pending_transfer
                    UNION ALL
                    SELECT entry_id, credit, 0, amount FROM ledger.pending_transfer
                ) AS side
                JOIN ledger.hold ON hold.entry_id = side.entry_id
                LEFT JOIN ledger.hold_end ON hold_end.hold = hold.key
            ) AS held GROUP BY account_id
        )
        SELECT account_id FROM history FULL JOIN ledger.hold_total total USING (account_id)
        WHERE (history.debits, history.credits, history.released_debits, history.released_credits)
            IS DISTINCT FROM (total.debits, total.credits, total.released_debits, total.released_credits)
        """,
    ),
    (
        FindingKind.hold_differs,
        """
        SELECT coalesce(hold.key, entry.key)
        FROM (SELECT * FROM ledger.every_entry WHERE pending_until IS NOT NULL) AS entry
        FULL JOIN ledger.hold ON hold.key = entry.key
        WHERE (hold.entry_id, hold.deadline) IS DISTINCT FROM (entry.id, entry.pending_until)
        UNION ALL
        SELECT coalesce(hold_end.hold, entry.ends)
        FROM (SELECT * FROM ledger.every_entry WHERE ends IS NOT NULL) AS entry
        FULL JOIN ledger.hold_end ON hold_end.hold = entry.ends
        WHERE hold_end.entry_id IS DISTINCT FROM entry.id
        """,
    ),
    (
        FindingKind.reversal_differs,
        """
        SELECT coalesce(reversal.original, entry.reverses)
        FROM (SELECT * FROM ledger.every_entry WHERE reverses IS NOT NULL) AS entry
        FULL JOIN ledger.reversal ON reversal.original = entry.reverses
        WHERE reversal.entry_id IS DISTINCT FROM entry.id
        """,
    ),
)

RANGED_CHECKS: dict[str, tuple[tuple[FindingKind, str], ...]] = {
    "SELECT entry_id FROM ledger.entry_key": (
        (
            FindingKind.entry_differs_from_digest,
            r"""
            SELECT made.key
            FROM ledger.canonical_forms(:first, :last) AS made JOIN ledger.entry_key known ON known.key = made.key
            WHERE known.digest IS DISTINCT FROM sha256('\x00'\:\:bytea || made.form)
            """,
        ),
    ),
    "SELECT id FROM ledger.batch": (
        (
            FindingKind.batch_count_differs,
            """
            SELECT batch.lane || ':' || batch.seq
            FROM ledger.batch
            WHERE batch.id BETWEEN :first AND :last
                AND batch.entries <> (
                    SELECT count(*) FROM ledger.every_entry entry
                    WHERE entry.id BETWEEN batch.id * 8192 AND batch.id * 8192 + 8191
                )
            """,
        ),
        (
            FindingKind.batch_hash_differs,
            """
            SELECT batch.lane || ':' || batch.seq
            FROM ledger.batch
            WHERE batch.id BETWEEN :first AND :last AND batch.hash IS DISTINCT FROM ledger.batch_hash(
                batch.previous, batch.lane, batch.seq, batch.recorded_at, (
                    SELECT string_agg(known.digest, '' ORDER BY entry.id)
                    FROM ledger.every_entry entry JOIN ledger.entry_key known ON known.key = entry.key
                    WHERE entry.id BETWEEN batch.id * 8192 AND batch.id * 8192 + 8191
                )
            )
            """,
        ),
    ),
}
"""Checks of a range of numbers, from `first` to `last`, by what gives all the numbers."""
