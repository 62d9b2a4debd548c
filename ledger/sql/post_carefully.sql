-- Posts a batch in which something may be known already or refused.
CREATE OR REPLACE FUNCTION post_carefully(
    p_keys uuid[], p_kinds smallint[], p_effective date[], p_references text[], p_reverses uuid[],
    p_until timestamptz[], p_ends uuid[], p_digests bytea[], p_codes text[], p_accounts integer[], p_days date[],
    p_entries integer[], p_lasts integer[], p_debits integer[], p_credits integer[], p_amounts bigint[],
    p_recorded_at timestamptz, p_each boolean
) RETURNS TABLE (n integer, outcome text, entry_id bigint, recorded_at timestamptz, reason text, facts text)
LANGUAGE plpgsql AS $$
DECLARE
    v_known bigint[];      -- the id of each entry that is in the book already, else 0
    v_new integer[];       -- places of the entries that are not
    v_refused integer[];
    v_reasons text[];
    v_facts jsonb[];
    v_batch bigint := nextval('batch_id');
    v_ids bigint[];        -- the id of each entry that is written now, else 0
BEGIN
    SELECT array_agg(coalesce(known.entry_id, 0) ORDER BY given.i),
        array_agg(given.i) FILTER (WHERE known.entry_id IS NULL)
    INTO v_known, v_new
    FROM unnest(p_keys) WITH ORDINALITY AS given (key, i) LEFT JOIN entry_key known ON known.key = given.key;

    SELECT array_agg(r.n), array_agg(r.reason), array_agg(r.facts) INTO v_refused, v_reasons, v_facts
    FROM (
        SELECT * FROM key_conflicts(v_known, p_keys, p_kinds, p_effective, p_references, p_reverses, p_until, p_ends,
                                    p_digests, p_codes, p_entries, p_debits, p_credits, p_amounts)
        UNION ALL
        SELECT * FROM refusals(v_new, p_kinds, p_effective, p_reverses, p_codes, p_accounts, p_entries, p_debits,
                               p_credits, p_amounts, p_ends, p_recorded_at)
    ) AS r;
    -- What has a limit is moved by one writer at a time.
    PERFORM FROM account_limit WHERE account_id = ANY (p_accounts) ORDER BY account_id FOR UPDATE;
    SELECT v_refused || array_agg(r.n), v_reasons || array_agg(r.reason), v_facts || array_agg(r.facts)
    INTO v_refused, v_reasons, v_facts
    FROM limit_refusals(ARRAY(SELECT unnest(v_new) EXCEPT SELECT unnest(v_refused)),
                        p_until, p_accounts, p_entries, p_debits, p_credits, p_amounts) AS r;

    IF v_new IS NOT NULL AND (v_refused IS NULL OR p_each) THEN
        SELECT array_agg(CASE WHEN given.new THEN v_batch * 8192 + given.place ELSE 0 END ORDER BY given.i) INTO v_ids
        FROM (
            SELECT known.i, wanted.new, count(*) FILTER (WHERE wanted.new) OVER (ORDER BY known.i) AS place
            FROM unnest(v_known) WITH ORDINALITY AS known (id, i)
            CROSS JOIN LATERAL (SELECT known.id = 0 AND (known.i = ANY (v_refused)) IS NOT TRUE AS new) AS wanted
        ) AS given;
        PERFORM write_batch(v_ids, p_keys, p_kinds, p_effective, p_references, p_reverses, p_until, p_ends,
                            p_digests, p_accounts, p_days, p_entries, p_lasts, p_debits, p_credits, p_amounts,
                            p_recorded_at);
    END IF;

    RETURN QUERY
    SELECT given.i::integer,
        CASE WHEN given.id > 0 THEN 'posted' WHEN refused.n IS NULL THEN 'replayed' ELSE 'refused' END,
        CASE WHEN given.id > 0 THEN given.id ELSE first.id END,
        CASE WHEN given.id > 0 THEN p_recorded_at ELSE first.recorded_at END,
        refused.reason, refused.facts::text
    FROM unnest(v_ids, p_keys, v_known) WITH ORDINALITY AS given (id, key, known, i)
    LEFT JOIN unnest(v_refused, v_reasons, v_facts) AS refused (n, reason, facts) ON refused.n = given.i
    LEFT JOIN entry_key ON given.known > 0 AND refused.n IS NULL AND entry_key.key = given.key
    LEFT JOIN every_entry first ON first.id = entry_key.entry_id AND first.effective_on = entry_key.effective_on
    WHERE v_refused IS NULL OR p_each OR refused.n IS NOT NULL
    ORDER BY given.i;
EXCEPTION WHEN numeric_value_out_of_range THEN
    RETURN QUERY
    SELECT new, 'refused', NULL::bigint, NULL::timestamptz, 'counter_overflow', '{}' FROM unnest(v_new) AS new;
END $$;

