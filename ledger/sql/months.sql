-- Entries and transfers are partitioned by the month of their effective day: a closed month no longer changes
-- and can be detached.

CREATE FUNCTION open_month(p_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', p_day)::date;
    parent text;
    child text;
BEGIN
    IF to_regclass('transfer_' || to_char(first, 'YYYYMM')) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('heyi ledger month'));
    IF EXISTS (SELECT FROM pg_class WHERE relnamespace = 'ledger'::regnamespace
               AND relname = 'transfer_' || to_char(first, 'YYYYMM')) THEN
        RETURN;  -- made by another writer while we waited; to_regclass may still remember that it was not there
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

-- Takes a month out of the book's way, whole: its entries and transfers are then read as archived ones. Answers the
-- number of days of the month that are still open in some region that has entries there; with any, nothing is done.
CREATE FUNCTION archive_month(p_day date, p_at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
DECLARE
    first date := date_trunc('month', p_day)::date;
    after date := (date_trunc('month', p_day) + interval '1 month')::date;
    open_days integer;
    parent text;
    child text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('heyi ledger days'));
    SELECT count(DISTINCT (account.region, total.effective_on)) INTO open_days
    FROM day_total total JOIN account ON account.id = total.account_id
    WHERE total.effective_on >= first AND total.effective_on < after AND (
        SELECT closed FROM day_mark
        WHERE region = account.region AND day = total.effective_on ORDER BY no DESC LIMIT 1
    ) IS NOT TRUE;
    IF open_days > 0 THEN
        RETURN open_days;
    END IF;
    FOREACH parent IN ARRAY ARRAY['entry', 'transfer'] LOOP
        child := parent || '_' || to_char(first, 'YYYYMM');
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_inherits
                                  WHERE inhrelid = to_regclass(child) AND inhparent = parent::regclass);
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, child);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       'archived_' || parent, child, first, after);
    END LOOP;
    INSERT INTO archived_month (month, archived_at) VALUES (first, p_at) ON CONFLICT DO NOTHING;
    RETURN 0;
END $$;
