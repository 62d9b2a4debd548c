-- Writes the accepted entries of a batch: keys, reversals, seal, entries, and last the counters. `p_ids` holds the new
-- id of each entry, 0 where it is not to be written. A unique_violation means that another writer committed one of our
-- keys or reversals meanwhile; the caller looks at the batch again.
--
-- Few statements, because a small batch pays for each of them. The functions here and in the files before have no
-- search_path of their own: they are called by `post`, inside its.
CREATE OR REPLACE FUNCTION write_batch(
    p_ids bigint[], p_keys uuid[], p_kinds smallint[], p_effective date[], p_references text[], p_reverses uuid[],
    p_until timestamptz[], p_ends uuid[], p_digests bytea[], p_accounts integer[], p_days date[], p_entries integer[],
    p_lasts integer[], p_debits integer[], p_credits integer[], p_amounts bigint[], p_recorded_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_lane integer;
    v_day date;
    v_debits integer[] := ARRAY(SELECT p_accounts[place] FROM unnest(p_debits) AS place);
    v_credits integer[] := ARRAY(SELECT p_accounts[place] FROM unnest(p_credits) AS place);
    v_moving bigint[] := p_ids;  -- a hold moves nothing yet
BEGIN
    IF 0 = ALL (p_ids) THEN
        RETURN;
    END IF;
    INSERT INTO entry_key (key, entry_id, effective_on, digest)
    SELECT e.key, e.id, e.effective_on, e.digest
    FROM unnest(p_ids, p_keys, p_effective, p_digests) AS e (id, key, effective_on, digest)
    WHERE e.id > 0 ORDER BY e.key;
    IF p_reverses IS NOT NULL THEN
        INSERT INTO reversal (original, entry_id)
        SELECT e.original, e.id FROM unnest(p_ids, p_reverses) AS e (id, original)
        WHERE e.id > 0 AND e.original IS NOT NULL ORDER BY e.original;
    END IF;
    FOREACH v_day IN ARRAY p_days LOOP
        IF to_regclass('entry_' || to_char(v_day, 'YYYYMM')) IS NULL THEN
            PERFORM open_month(v_day);
        END IF;
    END LOOP;
    v_lane := free_lane();
    PERFORM seal_batch(v_lane, p_ids, p_digests, p_recorded_at);

    INSERT INTO entry (id, recorded_at, key, reverses, ends, pending_until, effective_on, kind, reference, amounts,
        debits, credits)
    SELECT e.id, p_recorded_at, e.key, p_reverses[e.n], p_ends[e.n], p_until[e.n], e.effective_on, e.kind, e.reference,
        p_amounts[e.before + 1:e.last], v_debits[e.before + 1:e.last], v_credits[e.before + 1:e.last]
    FROM unnest(p_ids, p_keys, p_effective, p_kinds, p_references, 0 || p_lasts, p_lasts)
        WITH ORDINALITY AS e (id, key, effective_on, kind, reference, before, last, n)
    WHERE e.id > 0;

    IF p_until IS NOT NULL OR p_ends IS NOT NULL THEN
        v_moving := write_holds(p_ids, p_keys, p_until, p_ends, p_entries, p_recorded_at);
    END IF;
    -- The trail of each account that moved, and the counters of our lane, each row once. Most batches have one day.
    FOREACH v_day IN ARRAY p_days LOOP
        WITH moved AS MATERIALIZED (
            SELECT account, sum(debit)::bigint AS debits, sum(credit)::bigint AS credits, min(id) AS first, max(id) AS last
            FROM (
                SELECT t.account, t.amount AS debit, 0 AS credit, v_moving[t.n] AS id
                FROM unnest(p_entries, v_debits, p_amounts) AS t (n, account, amount)
                WHERE v_moving[t.n] > 0 AND p_effective[t.n] = v_day
                UNION ALL
                SELECT t.account, 0, t.amount, v_moving[t.n]
                FROM unnest(p_entries, v_credits, p_amounts) AS t (n, account, amount)
                WHERE v_moving[t.n] > 0 AND p_effective[t.n] = v_day
            ) AS side
            GROUP BY account
        ), left_behind AS (
            INSERT INTO trail (account_id, effective_on, first_entry, last_entry)
            SELECT account, v_day, first, last FROM moved
        ), by_day AS (
            INSERT INTO day_total AS total (account_id, effective_on, lane, debits, credits)
            SELECT account, v_day, v_lane, debits, credits FROM moved
            ON CONFLICT (account_id, effective_on, lane) DO UPDATE
            SET debits = total.debits + excluded.debits, credits = total.credits + excluded.credits
        )
        INSERT INTO balance AS counter (account_id, lane, debits, credits)
        SELECT account, v_lane, debits, credits FROM moved
        ON CONFLICT (account_id, lane) DO UPDATE
        SET debits = counter.debits + excluded.debits, credits = counter.credits + excluded.credits;
    END LOOP;
END $$;

-- Each transaction takes the first lane that is free and keeps it until it ends: its chain and its counters are then
-- nobody else's. An idle system uses lane 0 only.
CREATE OR REPLACE FUNCTION free_lane() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_lane integer := 0;
BEGIN
    WHILE NOT pg_try_advisory_xact_lock(hashtext('heyi ledger lane'), v_lane) LOOP
        v_lane := v_lane + 1;
    END LOOP;
    RETURN v_lane;
END $$;

-- Seals a batch with a hash over its content and its predecessor's in the lane.
CREATE OR REPLACE FUNCTION seal_batch(p_lane integer, p_ids bigint[], p_digests bytea[], p_recorded_at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO batch (id, lane, seq, recorded_at, entries, previous, hash)
    SELECT content.id, p_lane, link.seq, p_recorded_at, content.entries, link.previous,
        batch_hash(link.previous, p_lane, link.seq, p_recorded_at, content.digests)
    FROM (
        SELECT max(e.id) / 8192 AS id, count(*) AS entries, string_agg(e.digest, '' ORDER BY e.n) AS digests
        FROM unnest(p_ids, p_digests) WITH ORDINALITY AS e (id, digest, n) WHERE e.id > 0
    ) AS content
    LEFT JOIN LATERAL (SELECT seq, hash FROM batch WHERE lane = p_lane ORDER BY seq DESC LIMIT 1) AS last ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(last.seq, 0) + 1 AS seq,
            coalesce(last.hash, sha256(convert_to('heyi ledger lane ' || p_lane, 'UTF8'))) AS previous
    ) AS link;
END $$;

-- sha256 over the predecessor's hash, 'lane seq microseconds' in ASCII, and the digests of the entries in order.
CREATE OR REPLACE FUNCTION batch_hash(p_previous bytea, p_lane integer, p_seq bigint, p_recorded_at timestamptz, p_content bytea)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(
        p_previous
        || convert_to(format('%s %s %s', p_lane, p_seq, (extract(epoch FROM p_recorded_at) * 1000000)::bigint), 'UTF8')
        || p_content
    )
$$;
