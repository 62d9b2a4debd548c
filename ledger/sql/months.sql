-- Entries and transfers are partitioned by the month of their effective day: a closed month no longer changes
-- and can be detached.

CREATE FUNCTION open_month(p_day date) RETURNS void LANGUAGE plpgsql SET search_path = ledger, pg_temp AS $$
DECLARE
    first date := date_trunc('month', p_day)::date;
    parent text;
    child text;
BEGIN
    IF to_regclass('transfer_' || to_char(first, 'YYYYMM')) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('heyi ledger month'));
    IF to_regclass('transfer_' || to_char(first, 'YYYYMM')) IS NOT NULL THEN
        RETURN;  -- made by another writer while we waited
    END IF;
    FOREACH parent IN ARRAY ARRAY['entry', 'transfer'] LOOP
        child := parent || '_' || to_char(first, 'YYYYMM');
        -- Made apart and then attached: that asks for a weaker lock on the parent than PARTITION OF.
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       parent, child, first, (first + interval '1 month')::date);
        PERFORM make_append_only(child::regclass, p_row_trigger => false);  -- row triggers come from the parent
    END LOOP;
END $$;
