-- The one door into the book. A batch comes as arrays: one element per entry (keys to digests), one per distinct
-- account (codes), one per transfer (the place of its entry, of its two accounts, and its amount; places from 1).
--
-- p_reverses, p_until and p_ends are null when no entry of the batch has one.
-- Answers one row per entry in order: 'posted' or 'replayed' with the id and the time of recording, or 'refused'
-- with the reason and its facts. Without p_each one refusal keeps the whole batch out of the book and only the
-- refused entries are answered; with it the other entries are posted.
CREATE FUNCTION post(
    p_keys uuid[], p_kinds text[], p_effective date[], p_references text[], p_reverses uuid[],
    p_until timestamptz[], p_ends uuid[], p_digests bytea[], p_codes text[], p_entries integer[],
    p_debits integer[], p_credits integer[], p_amounts bigint[], p_recorded_at timestamptz, p_each boolean
) RETURNS TABLE (n integer, outcome text, entry_id bigint, recorded_at timestamptz, reason text, facts text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan  -- else each call is planned anew for the length of its arrays
SET enable_seqscan = off  -- a plan made while a table was small must not scan it once it is large
AS $$
DECLARE
    v_kinds smallint[];
    v_accounts integer[];  -- ids and classes of p_codes, 0 where there is no such account
    v_classes smallint[];
    v_days date[];
    v_known bigint[];      -- the id of each entry that is in the book already, else 0
    v_new integer[];       -- places of the entries that are not
    v_refused integer[];
    v_reasons text[];
    v_facts jsonb[];
    v_ids bigint[];        -- the id of each entry that is written now, else 0
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('heyi ledger days'));  -- no day is closed while we post
    SELECT array_agg(coalesce(kind.id, 0) ORDER BY given.i) INTO v_kinds
    FROM unnest(p_kinds) WITH ORDINALITY AS given (name, i) LEFT JOIN entry_kind kind ON kind.name = given.name;
    SELECT array_agg(coalesce(account.id, 0) ORDER BY given.i), array_agg(coalesce(account.class, 0) ORDER BY given.i)
    INTO v_accounts, v_classes
    FROM unnest(p_codes) WITH ORDINALITY AS given (code, i) LEFT JOIN account ON account.code = given.code;
    SELECT array_agg(DISTINCT day) INTO v_days FROM unnest(p_effective) AS day;

    FOR attempt IN 1..9 LOOP
        BEGIN
            SELECT array_agg(coalesce(known.entry_id, 0) ORDER BY given.i),
                array_agg(given.i) FILTER (WHERE known.entry_id IS NULL)
            INTO v_known, v_new
            FROM unnest(p_keys) WITH ORDINALITY AS given (key, i) LEFT JOIN entry_key known ON known.key = given.key;

            v_refused := NULL;
            IF cardinality(v_new) IS DISTINCT FROM cardinality(p_keys) OR p_reverses IS NOT NULL OR p_ends IS NOT NULL
                OR 0 = ANY (v_accounts)
                OR is_suspicious(v_kinds, v_days, v_accounts, v_classes, p_entries, p_debits, p_credits)
            THEN
                SELECT array_agg(r.n), array_agg(r.reason), array_agg(r.facts) INTO v_refused, v_reasons, v_facts
                FROM (
                    SELECT * FROM key_conflicts(v_known, p_keys, v_kinds, p_effective, p_references, p_reverses,
                                                p_until, p_ends, p_digests, p_codes, p_entries, p_debits, p_credits,
                                                p_amounts)
                    UNION ALL
                    SELECT * FROM refusals(v_new, v_kinds, p_effective, p_reverses, p_codes,
                                           v_accounts, p_entries, p_debits, p_credits, p_amounts,
                                           p_ends, p_recorded_at)
                ) AS r;
                SELECT v_refused || array_agg(r.n), v_reasons || array_agg(r.reason), v_facts || array_agg(r.facts)
                INTO v_refused, v_reasons, v_facts
                FROM limit_refusals(
                    ARRAY(SELECT unnest(v_new) EXCEPT SELECT unnest(v_refused)),
                    p_until, v_accounts, p_entries, p_debits, p_credits, p_amounts
                ) AS r;
            END IF;

            v_ids := NULL;
            IF v_new IS NOT NULL AND (v_refused IS NULL OR p_each) THEN
                SELECT array_agg(CASE WHEN given.known = 0 AND (given.i = ANY (v_refused)) IS NOT TRUE
                                      THEN nextval('entry_id') ELSE 0 END ORDER BY given.i)
                INTO v_ids FROM unnest(v_known) WITH ORDINALITY AS given (known, i);
                PERFORM write_batch(v_ids, p_keys, v_kinds, p_effective, p_references, p_reverses, p_until, p_ends,
                                    p_digests, v_accounts, v_days, p_entries, p_debits, p_credits, p_amounts,
                                    p_recorded_at);
            END IF;

            IF v_refused IS NULL AND cardinality(v_new) = cardinality(p_keys) THEN
                RETURN QUERY SELECT given.i::integer, 'posted', given.id, p_recorded_at, NULL, NULL
                FROM unnest(v_ids) WITH ORDINALITY AS given (id, i);
                RETURN;
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
            RETURN;
        EXCEPTION
            WHEN SQLSTATE 'LG001' THEN
                NULL;  -- another writer committed one of our keys meanwhile: look again
            WHEN numeric_value_out_of_range THEN
                RETURN QUERY
                SELECT new, 'refused', NULL::bigint, NULL::timestamptz, 'counter_overflow', '{}' FROM unnest(v_new) AS new;
                RETURN;
        END;
    END LOOP;
    RAISE EXCEPTION 'ledger: other writers came in between nine times; post the batch again'
        USING ERRCODE = 'serialization_failure';
END $$;
