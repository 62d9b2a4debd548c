-- Closing days, reopening them by two people, and cutting the chains into days.

-- Closes the days from p_first to p_last of a region once no posting is under way; says how many were open.
CREATE FUNCTION close_days(p_region text, p_first date, p_last date, p_actor text, p_at timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
DECLARE
    v_marked integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('heyi ledger days'));
    INSERT INTO day_mark (region, day, no, closed, actor, reopening, marked_at)
    SELECT p_region, asked.day::date, coalesce(newest.no, 0) + 1, true, p_actor, NULL, p_at
    FROM generate_series(p_first, p_last, interval '1 day') AS asked (day)
    LEFT JOIN LATERAL (
        SELECT mark.no, mark.closed FROM day_mark mark
        WHERE mark.region = p_region AND mark.day = asked.day::date ORDER BY mark.no DESC LIMIT 1
    ) AS newest ON true
    WHERE newest.closed IS NOT TRUE;
    GET DIAGNOSTICS v_marked = ROW_COUNT;
    RETURN v_marked;
END $$;

CREATE FUNCTION propose_reopening(
    p_id uuid, p_region text, p_first date, p_last date, p_reason text, p_actor text, p_at timestamptz
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
    INSERT INTO reopening (id, region, first_day, last_day, reason, proposed_by, proposed_at)
    VALUES (p_id, p_region, p_first, p_last, p_reason, p_actor, p_at)
$$;

-- Answers 'approved', or why not: 'unknown', 'same_person', 'approved_before', 'archived'.
CREATE FUNCTION approve_reopening(p_id uuid, p_actor text, p_at timestamptz)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
DECLARE
    v_asked reopening%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('heyi ledger days'));
    SELECT * INTO v_asked FROM reopening WHERE id = p_id;
    IF v_asked.id IS NULL THEN
        RETURN 'unknown';
    ELSIF v_asked.proposed_by = p_actor THEN
        RETURN 'same_person';
    ELSIF EXISTS (SELECT FROM reopening_approval WHERE reopening = p_id) THEN
        RETURN 'approved_before';
    ELSIF EXISTS (SELECT FROM archived_month
                  WHERE month BETWEEN date_trunc('month', v_asked.first_day) AND v_asked.last_day) THEN
        RETURN 'archived';
    END IF;
    INSERT INTO reopening_approval (reopening, approved_by, approved_at) VALUES (p_id, p_actor, p_at);
    INSERT INTO day_mark (region, day, no, closed, actor, reopening, marked_at)
    SELECT DISTINCT ON (day) region, day, no + 1, false, p_actor, p_id, p_at
    FROM day_mark
    WHERE region = v_asked.region AND day BETWEEN v_asked.first_day AND v_asked.last_day
    ORDER BY day, no DESC;
    RETURN 'approved';
END $$;

-- Cuts every lane after its newest visible batch; what is committed later belongs to the next day's cut. A day is
-- cut once; cutting it again changes nothing.
CREATE FUNCTION cut_day(p_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('heyi ledger cut'));
    IF EXISTS (SELECT FROM day_head WHERE day >= p_day) OR EXISTS (SELECT FROM day_cut WHERE day >= p_day) THEN
        RETURN;
    END IF;
    INSERT INTO day_cut (day, lane, first_seq, last_seq)
    SELECT p_day, lane.lane, coalesce(before.last_seq, 0) + 1, lane.last_seq
    FROM (SELECT batch.lane, max(seq) AS last_seq FROM batch GROUP BY batch.lane) AS lane
    LEFT JOIN (SELECT day_cut.lane, max(last_seq) AS last_seq FROM day_cut GROUP BY day_cut.lane) AS before USING (lane)
    WHERE lane.last_seq > coalesce(before.last_seq, 0);
END $$;

CREATE FUNCTION seal_day(p_day date, p_previous bytea, p_entries bigint, p_root bytea, p_head bytea, p_at timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
    INSERT INTO day_head (day, previous, entries, root, head, sealed_at)
    VALUES (p_day, p_previous, p_entries, p_root, p_head, p_at)
    ON CONFLICT (day) DO NOTHING
$$;
