-- The form in which an entry is hashed, made again from its stored rows; ledger/entries.py makes the same from
-- what is posted.
CREATE FUNCTION canonical(e every_entry) RETURNS bytea LANGUAGE sql STABLE SET search_path = ledger, pg_temp AS $$
    SELECT convert_to(
        format(E'heyi entry 1\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n', e.key, kind.name, to_char(e.effective_on, 'YYYY-MM-DD'),
               e.reference, coalesce(e.reverses::text, '-'),
               coalesce((extract(epoch FROM e.pending_until) * 1000000)::bigint::text, '-'), coalesce(e.ends::text, '-'))
        || coalesce((
            SELECT string_agg(format(E'%s %s %s\n', debit.code, credit.code, moved.amount), '' ORDER BY moved.no)
            FROM (
                SELECT t.debit, t.credit, t.amount, t.no FROM every_transfer t
                WHERE t.entry_id = e.id AND t.effective_on = e.effective_on
                UNION ALL
                SELECT p.debit, p.credit, p.amount, p.no FROM pending_transfer p WHERE p.entry_id = e.id
            ) AS moved
            LEFT JOIN account debit ON debit.id = moved.debit
            LEFT JOIN account credit ON credit.id = moved.credit
        ), ''), 'UTF8')
    FROM entry_kind kind WHERE kind.id = e.kind
$$;
