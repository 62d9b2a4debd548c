-- Entries are partitioned by the month of their effective day: a closed month no longer changes and can be detached.

CREATE OR REPLACE FUNCTION open_month(p_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', p_day)::date;
    month text := 'entry_' || to_char(first, 'YYYYMM');
BEGIN
    IF to_regclass(month) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('heyi ledger month'));
    IF EXISTS (SELECT FROM pg_class WHERE relnamespace = 'ledger'::regnamespace AND relname = month) THEN
        RETURN;  -- made by another writer while we waited; to_regclass may still remember that it was not there
    END IF;
    -- Made apart and then attached: that asks for a weaker lock on the whole than PARTITION OF.
    EXECUTE format('CREATE TABLE %I (LIKE entry INCLUDING ALL)', month);
    EXECUTE format('ALTER TABLE entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   month, first, (first + interval '1 month')::date);
    PERFORM make_append_only(month::regclass, p_row_trigger => false);  -- row triggers come from the whole
END $$;

-- Takes a month out of the book's way, whole: its entries are then read as archived ones. Answers the
-- number of days of the month that are still open in some region that has entries there; with any, nothing is done.
CREATE OR REPLACE FUNCTION archive_month(p_day date, p_at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
DECLARE
    first date := date_trunc('month', p_day)::date;
    after date := (date_trunc('month', p_day) + interval '1 month')::date;
    month text := 'entry_' || to_char(first, 'YYYYMM');
    open_days integer;
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
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(month) AND inhparent = 'entry'::regclass) THEN
        EXECUTE format('ALTER TABLE entry DETACH PARTITION %I', month);
        EXECUTE format('ALTER TABLE archived_entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       month, first, after);
    END IF;
    INSERT INTO archived_month (month, archived_at) VALUES (first, p_at) ON CONFLICT DO NOTHING;
    RETURN 0;
END $$;
