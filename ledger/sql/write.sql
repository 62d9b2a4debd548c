-- Writes the accepted entries of a batch: keys, reversals, seal, entries, transfers, and last the counters.
-- `p_ids` holds the new id of each entry, 0 where it is not to be written. SQLSTATE LG001 means that another
-- writer committed one of our keys or reversals meanwhile; the caller looks at the batch again.
--
-- The functions here and in the files before have no search_path of their own: they are called by `post`, inside its.
CREATE FUNCTION write_batch(
    p_ids bigint[], p_keys uuid[], p_kinds smallint[], p_effective date[], p_references text[], p_reverses uuid[],
    p_until timestamptz[], p_ends uuid[], p_digests bytea[], p_accounts integer[], p_days date[], p_entries integer[],
    p_debits integer[], p_credits integer[], p_amounts bigint[], p_recorded_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_batch bigint;
    v_moving bigint[] := p_ids;  -- a hold moves nothing yet
BEGIN
    IF 0 = ALL (p_ids) THEN
        RETURN;
    END IF;
    PERFORM claim_keys(p_ids, p_keys, p_effective, p_digests, p_reverses);
    PERFORM open_month(day) FROM unnest(p_days) AS day;
    v_batch := seal_batch(p_ids, p_digests, p_recorded_at);

    INSERT INTO entry (id, batch_id, recorded_at, key, reverses, ends, pending_until, effective_on, kind, reference)
    SELECT e.id, v_batch, p_recorded_at, e.key, p_reverses[e.n], p_ends[e.n], p_until[e.n],
        e.effective_on, e.kind, e.reference
    FROM unnest(p_ids, p_keys, p_effective, p_kinds, p_references)
        WITH ORDINALITY AS e (id, key, effective_on, kind, reference, n)
    WHERE e.id > 0;

    IF p_until IS NOT NULL OR p_ends IS NOT NULL THEN
        v_moving := write_holds(p_ids, p_keys, p_effective, p_until, p_ends, p_accounts, p_entries, p_debits,
                                p_credits, p_amounts, p_recorded_at);
    END IF;
    INSERT INTO transfer (entry_id, amount, debit, credit, effective_on, no)
    SELECT v_moving[t.n], t.amount, p_accounts[t.d], p_accounts[t.c], p_effective[t.n], t.no
    FROM unnest(p_entries, p_debits, p_credits, p_amounts) WITH ORDINALITY AS t (n, d, c, amount, no)
    WHERE v_moving[t.n] > 0;

    PERFORM count_moves(v_moving, p_effective, p_accounts, p_entries, p_debits, p_credits, p_amounts);
END $$;

CREATE FUNCTION claim_keys(
    p_ids bigint[], p_keys uuid[], p_effective date[], p_digests bytea[], p_reverses uuid[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_claimed integer;
BEGIN
    INSERT INTO entry_key (key, entry_id, effective_on, digest)
    SELECT e.key, e.id, e.effective_on, e.digest
    FROM unnest(p_ids, p_keys, p_effective, p_digests) AS e (id, key, effective_on, digest)
    WHERE e.id > 0 ORDER BY e.key
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_claimed = ROW_COUNT;
    IF v_claimed <> (SELECT count(*) FROM unnest(p_ids) AS id WHERE id > 0) THEN
        RAISE SQLSTATE 'LG001';
    END IF;
    IF p_reverses IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO reversal (original, entry_id)
    SELECT e.original, e.id FROM unnest(p_ids, p_reverses) AS e (id, original)
    WHERE e.id > 0 AND e.original IS NOT NULL ORDER BY e.original
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_claimed = ROW_COUNT;
    IF v_claimed <> (SELECT count(*) FROM unnest(p_ids, p_reverses) AS e (id, original)
                     WHERE e.id > 0 AND e.original IS NOT NULL) THEN
        RAISE SQLSTATE 'LG001';
    END IF;
END $$;

-- Seals a batch with a hash over its content and its predecessor's. Each transaction takes the first lane that
-- is free and keeps it until it ends; an idle system uses lane 0 only.
CREATE FUNCTION seal_batch(p_ids bigint[], p_digests bytea[], p_recorded_at timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint := nextval('batch_id');
    v_lane integer := 0;
    v_seq bigint;
    v_previous bytea;
    v_count integer;
    v_content bytea;
BEGIN
    WHILE NOT pg_try_advisory_xact_lock(hashtext('heyi ledger lane'), v_lane) LOOP
        v_lane := v_lane + 1;
    END LOOP;
    SELECT seq, hash INTO v_seq, v_previous FROM batch WHERE lane = v_lane ORDER BY seq DESC LIMIT 1;
    v_seq := coalesce(v_seq, 0) + 1;
    v_previous := coalesce(v_previous, sha256(convert_to('heyi ledger lane ' || v_lane, 'UTF8')));
    SELECT count(*), string_agg(e.digest, '' ORDER BY e.n) INTO v_count, v_content
    FROM unnest(p_ids, p_digests) WITH ORDINALITY AS e (id, digest, n) WHERE e.id > 0;
    INSERT INTO batch (id, lane, seq, recorded_at, entries, previous, hash)
    VALUES (v_id, v_lane, v_seq, p_recorded_at, v_count, v_previous,
            batch_hash(v_previous, v_lane, v_seq, p_recorded_at, v_content));
    RETURN v_id;
END $$;

-- sha256 over the predecessor's hash, 'lane seq microseconds' in ASCII, and the digests of the entries in order.
CREATE FUNCTION batch_hash(p_previous bytea, p_lane integer, p_seq bigint, p_recorded_at timestamptz, p_content bytea)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(
        p_previous
        || convert_to(format('%s %s %s', p_lane, p_seq, (extract(epoch FROM p_recorded_at) * 1000000)::bigint), 'UTF8')
        || p_content
    )
$$;

-- Adds a batch to the counters, each row once, in the order of accounts: hot rows are locked only for these last
-- two statements and never in two orders.
CREATE FUNCTION count_moves(
    p_ids bigint[], p_effective date[], p_accounts integer[], p_entries integer[], p_debits integer[],
    p_credits integer[], p_amounts bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_accounts integer[];
    v_days date[];
    v_debits bigint[];
    v_credits bigint[];
BEGIN
    SELECT array_agg(account), array_agg(day), array_agg(debits), array_agg(credits)
    INTO v_accounts, v_days, v_debits, v_credits
    FROM (
        SELECT account, day, sum(debit)::bigint AS debits, sum(credit)::bigint AS credits
        FROM (
            SELECT p_accounts[t.d] AS account, p_effective[t.n] AS day, t.amount AS debit, 0 AS credit
            FROM unnest(p_entries, p_debits, p_amounts) AS t (n, d, amount) WHERE p_ids[t.n] > 0
            UNION ALL
            SELECT p_accounts[t.c], p_effective[t.n], 0, t.amount
            FROM unnest(p_entries, p_credits, p_amounts) AS t (n, c, amount) WHERE p_ids[t.n] > 0
        ) AS side
        GROUP BY account, day
    ) AS moved;
    INSERT INTO day_total AS total (account_id, effective_on, debits, credits)
    SELECT account, day, debits, credits
    FROM unnest(v_accounts, v_days, v_debits, v_credits) AS moved (account, day, debits, credits)
    ORDER BY account, day
    ON CONFLICT (account_id, effective_on) DO UPDATE
    SET debits = total.debits + excluded.debits, credits = total.credits + excluded.credits;
    INSERT INTO balance AS counter (account_id, debits, credits)
    SELECT account, sum(debits)::bigint, sum(credits)::bigint
    FROM unnest(v_accounts, v_debits, v_credits) AS moved (account, debits, credits)
    GROUP BY account ORDER BY account
    ON CONFLICT (account_id) DO UPDATE
    SET debits = counter.debits + excluded.debits, credits = counter.credits + excluded.credits;
    IF EXISTS (SELECT FROM limited(v_accounts) WHERE balance < lowest OR balance > highest) THEN
        RAISE SQLSTATE 'LG001';  -- the balance moved after it was held against the limit
    END IF;
END $$;
