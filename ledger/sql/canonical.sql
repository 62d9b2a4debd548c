-- The forms in which entries are hashed, made again from the stored rows of the entries from p_first to p_last;
-- ledger/entries.py makes the same from what is posted.
CREATE FUNCTION canonical_forms(p_first bigint, p_last bigint) RETURNS TABLE (entry_id bigint, key uuid, form bytea)
LANGUAGE sql STABLE SET search_path = ledger, pg_temp AS $$
    WITH moved AS (
        SELECT t.entry_id, t.debit, t.credit, t.amount, t.no FROM every_transfer t
        WHERE t.entry_id BETWEEN p_first AND p_last
        UNION ALL
        SELECT p.entry_id, p.debit, p.credit, p.amount, p.no FROM pending_transfer p
        WHERE p.entry_id BETWEEN p_first AND p_last
    ), lines AS (
        SELECT moved.entry_id,
            string_agg(format(E'%s %s %s\n', debit.code, credit.code, moved.amount), '' ORDER BY moved.no) AS text
        FROM moved
        LEFT JOIN account debit ON debit.id = moved.debit
        LEFT JOIN account credit ON credit.id = moved.credit
        GROUP BY moved.entry_id
    )
    SELECT e.id, e.key, convert_to(
        format(E'heyi entry 1\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n', e.key, kind.name, to_char(e.effective_on, 'YYYY-MM-DD'),
               e.reference, coalesce(e.reverses::text, '-'),
               coalesce((extract(epoch FROM e.pending_until) * 1000000)::bigint::text, '-'), coalesce(e.ends::text, '-'))
        || coalesce(lines.text, ''), 'UTF8')
    FROM every_entry e
    JOIN entry_kind kind ON kind.id = e.kind
    LEFT JOIN lines ON lines.entry_id = e.id
    WHERE e.id BETWEEN p_first AND p_last
$$;
