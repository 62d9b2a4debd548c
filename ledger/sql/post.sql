-- The one door into the book. A batch comes as arrays: one element per entry (keys to digests; its kind by its
-- place among p_kind_names, its last transfer), one per distinct account (codes), one per transfer (the place of its
-- entry, of its two accounts, and its amount), in the order of the entries. Places count from 1.
--
-- p_reverses, p_until and p_ends are null when no entry of the batch has one.
-- Where all entries are new, one row answers for all: n is 0, the outcome 'posted', the id that of the first; the
-- others follow it. Else one row per entry in order: 'posted' or 'replayed' with the id and the time of recording, or
-- 'refused' with the reason and its facts. Without p_each one refusal keeps the whole batch out of the book and only
-- the refused entries are answered; with it the other entries are posted.
--
-- Values that are assigned and not selected cost a tenth of a statement; a small batch notices.
CREATE OR REPLACE FUNCTION post(
    p_keys uuid[], p_kinds integer[], p_kind_names text[], p_effective date[], p_references text[],
    p_reverses uuid[], p_until timestamptz[], p_ends uuid[], p_digests bytea[], p_codes text[], p_entries integer[],
    p_lasts integer[], p_debits integer[], p_credits integer[], p_amounts bigint[], p_recorded_at timestamptz, p_each boolean
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
    v_batch bigint := nextval('batch_id');
    v_ids bigint[];
    v_nothing text;
BEGIN
    v_nothing := pg_advisory_xact_lock_shared(hashtext('heyi ledger days'));  -- no day is closed while we post
    SELECT array_agg(coalesce(account.id, 0) ORDER BY given.i), array_agg(coalesce(account.class, 0) ORDER BY given.i),
        ARRAY(SELECT (ARRAY(
            SELECT coalesce((SELECT id FROM entry_kind WHERE entry_kind.name = known.name), 0)
            FROM unnest(p_kind_names) AS known (name)
        ))[kind] FROM unnest(p_kinds) AS kind),
        ARRAY(SELECT DISTINCT unnest(p_effective)),
        ARRAY(SELECT v_batch * 8192 + place FROM generate_series(1, cardinality(p_keys)) AS place)
    INTO v_accounts, v_classes, v_kinds, v_days, v_ids
    FROM unnest(p_codes) WITH ORDINALITY AS given (code, i)
    LEFT JOIN account ON account.code = given.code AND account.code = ANY (p_codes);

    IF p_reverses IS NULL AND p_ends IS NULL AND 0 <> ALL (v_accounts)
        AND NOT is_suspicious(v_kinds, v_days, v_accounts, v_classes, p_entries, p_debits, p_credits)
    THEN
        BEGIN
            v_nothing := write_batch(v_ids, p_keys, v_kinds, p_effective, p_references, p_reverses, p_until,
                                     p_ends, p_digests, v_accounts, v_days, p_entries, p_lasts, p_debits, p_credits,
                                     p_amounts, p_recorded_at);
            n := 0;
            outcome := 'posted';
            entry_id := v_ids[1];
            recorded_at := p_recorded_at;
            RETURN NEXT;
            RETURN;
        EXCEPTION WHEN unique_violation OR numeric_value_out_of_range THEN
            NULL;  -- a key is known, or a counter full: look closely
        END;
    END IF;
    FOR attempt IN 1..9 LOOP
        BEGIN
            RETURN QUERY SELECT * FROM post_carefully(
                p_keys, v_kinds, p_effective, p_references, p_reverses, p_until, p_ends, p_digests, p_codes,
                v_accounts, v_days, p_entries, p_lasts, p_debits, p_credits, p_amounts, p_recorded_at, p_each
            );
            RETURN;
        EXCEPTION WHEN unique_violation OR SQLSTATE 'LG001' THEN
            NULL;  -- another writer committed one of our keys, or ended one of our holds, meanwhile: look again
        END;
    END LOOP;
    RAISE EXCEPTION 'ledger: other writers came in between nine times; post the batch again'
        USING ERRCODE = 'serialization_failure';
END $$;
