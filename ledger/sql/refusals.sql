-- Whether anything may stand against a batch, found at a small price; `refusals` then says what, if anything.
CREATE OR REPLACE FUNCTION is_suspicious(
    p_kinds smallint[], p_days date[], p_accounts integer[], p_classes smallint[],
    p_entries integer[], p_debits integer[], p_credits integer[]
) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM unnest(p_entries, p_debits, p_credits) AS t (n, d, c)
        WHERE p_kinds[t.n] * 10000 + p_classes[t.d] * 100 + p_classes[t.c]
            <> ALL (ARRAY(SELECT kind * 10000 + debit * 100 + credit FROM entry_rule))
    )
    OR EXISTS (SELECT FROM day_mark WHERE day = ANY (p_days))
    OR EXISTS (SELECT FROM archived_month, unnest(p_days) AS day WHERE month = date_trunc('month', day))
    OR EXISTS (SELECT FROM account_closing WHERE account_id = ANY (p_accounts))
    OR EXISTS (SELECT FROM account_limit WHERE account_id = ANY (p_accounts));
END $$;

-- What stands against each entry of a batch: at most one row per entry, the first in the order of precedence.
-- `p_wanted` names the entries to look at by their place in the batch; `p_accounts` are the ids of `p_codes`,
-- 0 where there is no such account. A happy batch gives no row.
CREATE OR REPLACE FUNCTION refusals(
    p_wanted integer[], p_kinds smallint[], p_effective date[], p_reverses uuid[], p_codes text[],
    p_accounts integer[], p_entries integer[], p_debits integer[], p_credits integer[], p_amounts bigint[],
    p_ends uuid[], p_recorded_at timestamptz
) RETURNS TABLE (n integer, reason text, facts jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_classes smallint[];
    v_regions text[];
    v_closed integer[];
    v_closed_days text[];
BEGIN
    SELECT array_agg(coalesce(account.class, 0) ORDER BY given.i), array_agg(account.region ORDER BY given.i)
    INTO v_classes, v_regions
    FROM unnest(p_accounts) WITH ORDINALITY AS given (id, i) LEFT JOIN account ON account.id = given.id;
    SELECT coalesce(array_agg(account_id), '{}') INTO v_closed
    FROM account_closing WHERE account_id = ANY (p_accounts);
    SELECT coalesce(array_agg(marked.region || marked.day), '{}') INTO v_closed_days
    FROM (
        SELECT DISTINCT ON (mark.region, mark.day) mark.region, mark.day, mark.closed
        FROM day_mark mark
        WHERE mark.day = ANY (p_effective) AND mark.region = ANY (v_regions)
        ORDER BY mark.region, mark.day, mark.no DESC
    ) AS marked WHERE marked.closed;
    SELECT v_closed_days || coalesce(array_agg(region || day), '{}') INTO v_closed_days
    FROM archived_month, unnest(p_effective) AS day, unnest(v_regions) AS region
    WHERE archived_month.month = date_trunc('month', day);

    RETURN QUERY
    SELECT DISTINCT ON (found.n) found.n, found.reason, found.facts
    FROM (
        SELECT t.n, 1 AS place, 'unknown_account' AS reason, t.i AS at,
            jsonb_build_object('account', p_codes[CASE WHEN p_accounts[t.d] = 0 THEN t.d ELSE t.c END]) AS facts
        FROM unnest(p_entries, p_debits, p_credits) WITH ORDINALITY AS t (n, d, c, i)
        WHERE 0 = ANY (p_accounts) AND (p_accounts[t.d] = 0 OR p_accounts[t.c] = 0)
        UNION ALL
        SELECT t.n, 2, 'closed_account', t.i,
            jsonb_build_object('account', p_codes[CASE WHEN p_accounts[t.d] = ANY (v_closed) THEN t.d ELSE t.c END])
        FROM unnest(p_entries, p_debits, p_credits) WITH ORDINALITY AS t (n, d, c, i)
        WHERE v_closed <> '{}' AND (p_accounts[t.d] = ANY (v_closed) OR p_accounts[t.c] = ANY (v_closed))
        UNION ALL
        SELECT t.n, 3, 'kind_forbids', t.i, jsonb_build_object('debit', p_codes[t.d], 'credit', p_codes[t.c])
        FROM unnest(p_entries, p_debits, p_credits) WITH ORDINALITY AS t (n, d, c, i)
        WHERE p_reverses[t.n] IS NULL AND NOT EXISTS (
            SELECT FROM entry_rule
            WHERE kind = p_kinds[t.n] AND debit = v_classes[t.d] AND credit = v_classes[t.c]
        )
        UNION ALL
        SELECT t.n, 4, 'day_closed', t.i, jsonb_build_object('effective_on', p_effective[t.n], 'region', side.region)
        FROM unnest(p_entries, p_debits, p_credits) WITH ORDINALITY AS t (n, d, c, i),
            LATERAL (VALUES (v_regions[t.d]), (v_regions[t.c])) AS side (region)
        WHERE v_closed_days <> '{}' AND side.region || p_effective[t.n] = ANY (v_closed_days)
        UNION ALL
        SELECT r.n, r.place, r.reason, 0, r.facts
        FROM reversal_refusals(p_kinds, p_reverses, p_accounts, p_entries, p_debits, p_credits, p_amounts) AS r
        WHERE p_reverses IS NOT NULL
        UNION ALL
        SELECT h.n, h.place, h.reason, 0, h.facts
        FROM hold_refusals(p_ends, p_effective, p_recorded_at, p_accounts, p_entries, p_debits, p_credits, p_amounts) AS h
        WHERE p_ends IS NOT NULL
    ) AS found
    WHERE found.n = ANY (p_wanted)
    ORDER BY found.n, found.place, found.at;
END $$;

-- A reversal names an entry that is in the book, mirrors it transfer by transfer, and is the only one to do so.
CREATE OR REPLACE FUNCTION reversal_refusals(
    p_kinds smallint[], p_reverses uuid[],
    p_accounts integer[], p_entries integer[], p_debits integer[], p_credits integer[], p_amounts bigint[]
) RETURNS TABLE (n integer, place integer, reason text, facts jsonb)
LANGUAGE sql STABLE AS $$
    WITH asked AS (
        SELECT given.n::integer AS n, given.original, original.entry_id, original.effective_on,
            row_number() OVER (PARTITION BY given.original ORDER BY given.n) AS turn
        FROM unnest(p_reverses) WITH ORDINALITY AS given (original, n)
        LEFT JOIN entry_key original ON original.key = given.original
        WHERE given.original IS NOT NULL
    ), mirror AS (
        SELECT t.n, array_agg(ROW (p_accounts[t.c], p_accounts[t.d], t.amount)::text ORDER BY t.i) AS transfers
        FROM unnest(p_entries, p_debits, p_credits, p_amounts) WITH ORDINALITY AS t (n, d, c, amount, i)
        WHERE p_reverses[t.n] IS NOT NULL GROUP BY t.n
    )
    SELECT n, 5, 'unknown_original', jsonb_build_object('reverses', original) FROM asked WHERE entry_id IS NULL
    UNION ALL
    SELECT asked.n, 6, 'already_reversed', jsonb_build_object('reverses', original)
    FROM asked LEFT JOIN reversal USING (original)
    WHERE reversal.original IS NOT NULL OR asked.turn > 1
    UNION ALL
    SELECT asked.n, 7, 'not_a_mirror', jsonb_build_object('reverses', original)
    FROM asked JOIN mirror USING (n)
    JOIN every_entry entry ON entry.id = asked.entry_id AND entry.effective_on = asked.effective_on
    WHERE entry.kind <> p_kinds[asked.n] OR mirror.transfers IS DISTINCT FROM (
        SELECT array_agg(ROW (transfer.debit, transfer.credit, transfer.amount)::text ORDER BY transfer.no)
        FROM transfer
        WHERE transfer.entry_id = asked.entry_id AND transfer.effective_on = asked.effective_on
    )
$$;

-- Keys that are in the book already with another body, and the fields in which the two differ. A key with the
-- same body gives no row: it is a replay.
CREATE OR REPLACE FUNCTION key_conflicts(
    p_known bigint[], p_keys uuid[], p_kinds smallint[], p_effective date[], p_references text[], p_reverses uuid[],
    p_until timestamptz[], p_ends uuid[], p_digests bytea[], p_codes text[], p_entries integer[],
    p_debits integer[], p_credits integer[], p_amounts bigint[]
) RETURNS TABLE (n integer, reason text, facts jsonb)
LANGUAGE sql STABLE AS $$
    WITH other AS (
        SELECT given.n::integer AS n, entry.*
        FROM unnest(p_keys, p_digests) WITH ORDINALITY AS given (key, digest, n)
        JOIN entry_key known ON known.key = given.key AND known.digest <> given.digest
        JOIN every_entry entry ON entry.id = known.entry_id AND entry.effective_on = known.effective_on
        WHERE p_known[given.n] > 0
    )
    SELECT other.n, 'key_conflict', jsonb_build_object('fields', array_remove(ARRAY[
        CASE WHEN other.kind <> p_kinds[other.n] THEN 'kind' END,
        CASE WHEN other.effective_on <> p_effective[other.n] THEN 'effective_on' END,
        CASE WHEN other.reference <> p_references[other.n] THEN 'reference' END,
        CASE WHEN other.reverses IS DISTINCT FROM p_reverses[other.n] THEN 'reverses' END,
        CASE WHEN other.pending_until IS DISTINCT FROM p_until[other.n] THEN 'pending_until' END,
        CASE WHEN other.ends IS DISTINCT FROM p_ends[other.n] THEN 'ends' END,
        CASE WHEN (
            SELECT array_agg(ROW (debit.code, credit.code, transfer.amount)::text ORDER BY transfer.no)
            FROM (SELECT * FROM transfer UNION ALL SELECT * FROM pending_transfer) AS transfer
            JOIN account debit ON debit.id = transfer.debit
            JOIN account credit ON credit.id = transfer.credit
            WHERE transfer.entry_id = other.id AND transfer.effective_on = other.effective_on
        ) IS DISTINCT FROM (
            SELECT array_agg(ROW (p_codes[t.d], p_codes[t.c], t.amount)::text ORDER BY t.i)
            FROM unnest(p_entries, p_debits, p_credits, p_amounts) WITH ORDINALITY AS t (n, d, c, amount, i)
            WHERE t.n = other.n
        ) THEN 'transfers' END
    ], NULL))
    FROM other
$$;
