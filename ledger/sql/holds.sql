-- Holds: an entry with a deadline keeps its transfers pending; an entry that `ends` it posts them whole or in part
-- (its own transfers), or nothing (voided before the deadline, expired after it).

-- What stands against ending a hold.
CREATE OR REPLACE FUNCTION hold_refusals(
    p_ends uuid[], p_effective date[], p_recorded_at timestamptz,
    p_accounts integer[], p_entries integer[], p_debits integer[], p_credits integer[], p_amounts bigint[]
) RETURNS TABLE (n integer, place integer, reason text, facts jsonb)
LANGUAGE sql STABLE AS $$
    WITH asked AS (
        SELECT given.n::integer AS n, given.key, hold.entry_id, hold.deadline,
            row_number() OVER (PARTITION BY given.key ORDER BY given.n) AS turn
        FROM unnest(p_ends) WITH ORDINALITY AS given (key, n) LEFT JOIN hold ON hold.key = given.key
        WHERE given.key IS NOT NULL
    ), moved AS (
        SELECT t.n, p_accounts[t.d] AS debit, p_accounts[t.c] AS credit, sum(t.amount) AS amount
        FROM unnest(p_entries, p_debits, p_credits, p_amounts) AS t (n, d, c, amount)
        WHERE p_ends[t.n] IS NOT NULL GROUP BY 1, 2, 3
    )
    SELECT n, 8, 'unknown_hold', jsonb_build_object('ends', key) FROM asked WHERE entry_id IS NULL
    UNION ALL
    SELECT n, 9, 'hold_ended', jsonb_build_object('ends', key)
    FROM asked LEFT JOIN hold_end ON hold_end.hold = asked.key
    WHERE hold_end.hold IS NOT NULL OR asked.turn > 1
    UNION ALL
    SELECT asked.n, 10, 'hold_expired', jsonb_build_object('ends', key, 'deadline', deadline)
    FROM asked WHERE deadline <= p_recorded_at AND EXISTS (SELECT FROM moved WHERE moved.n = asked.n)
    UNION ALL
    SELECT asked.n, 11, 'beyond_hold', jsonb_build_object('ends', key)
    FROM asked JOIN moved USING (n)
    WHERE moved.amount > coalesce((
        SELECT sum(held.amount) FROM pending_transfer held
        WHERE held.entry_id = asked.entry_id AND held.debit = moved.debit AND held.credit = moved.credit
    ), 0)
$$;

-- Writes the holds of a batch and the ends of earlier ones; gives back the ids of the entries that move money now.
CREATE OR REPLACE FUNCTION write_holds(
    p_ids bigint[], p_keys uuid[], p_until timestamptz[], p_ends uuid[], p_entries integer[], p_recorded_at timestamptz
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    v_ended integer;
BEGIN
    INSERT INTO hold (key, entry_id, deadline)
    SELECT e.key, e.id, e.until FROM unnest(p_ids, p_keys, p_until) AS e (id, key, until)
    WHERE e.id > 0 AND e.until IS NOT NULL;

    INSERT INTO hold_end (hold, entry_id, outcome)
    SELECT e.ends, e.id, CASE WHEN e.n = ANY (p_entries) THEN 'posted'
                              WHEN hold.deadline <= p_recorded_at THEN 'expired' ELSE 'voided' END
    FROM unnest(p_ids, p_ends) WITH ORDINALITY AS e (id, ends, n) JOIN hold ON hold.key = e.ends
    WHERE e.id > 0 ORDER BY e.ends
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_ended = ROW_COUNT;
    IF v_ended <> (SELECT count(*) FROM unnest(p_ids, p_ends) AS e (id, ends) WHERE e.id > 0 AND e.ends IS NOT NULL) THEN
        RAISE SQLSTATE 'LG001';
    END IF;

    INSERT INTO hold_total AS total (account_id, debits, credits, released_debits, released_credits)
    SELECT side.account, coalesce(sum(side.debit) FILTER (WHERE side.held), 0),
        coalesce(sum(side.credit) FILTER (WHERE side.held), 0),
        coalesce(sum(side.debit) FILTER (WHERE NOT side.held), 0),
        coalesce(sum(side.credit) FILTER (WHERE NOT side.held), 0)
    FROM (
        SELECT touched.held, pending.debit AS account, pending.amount AS debit, 0 AS credit
        FROM held_or_released(p_ids, p_until, p_ends) AS touched JOIN pending_transfer pending USING (entry_id)
        UNION ALL
        SELECT touched.held, pending.credit, 0, pending.amount
        FROM held_or_released(p_ids, p_until, p_ends) AS touched JOIN pending_transfer pending USING (entry_id)
    ) AS side
    GROUP BY side.account ORDER BY side.account
    ON CONFLICT (account_id) DO UPDATE SET
        debits = total.debits + excluded.debits, credits = total.credits + excluded.credits,
        released_debits = total.released_debits + excluded.released_debits,
        released_credits = total.released_credits + excluded.released_credits;
    RETURN (SELECT array_agg(CASE WHEN e.until IS NULL THEN e.id ELSE 0 END ORDER BY e.n)
            FROM unnest(p_ids, p_until) WITH ORDINALITY AS e (id, until, n));
END $$;

-- The holds that a batch makes (held) and those that it ends.
CREATE OR REPLACE FUNCTION held_or_released(p_ids bigint[], p_until timestamptz[], p_ends uuid[])
RETURNS TABLE (entry_id bigint, held boolean) LANGUAGE sql STABLE AS $$
    SELECT e.id, true FROM unnest(p_ids, p_until) AS e (id, until) WHERE e.id > 0 AND e.until IS NOT NULL
    UNION ALL
    SELECT hold.entry_id, false FROM unnest(p_ids, p_ends) AS e (id, ends) JOIN hold ON hold.key = e.ends WHERE e.id > 0
$$;
