-- The forms in which entries are hashed, made again from the stored rows of the entries from p_first to p_last;
-- ledger/entries.py makes the same from what is posted.
CREATE OR REPLACE FUNCTION canonical_forms(p_first bigint, p_last bigint) RETURNS TABLE (entry_id bigint, key uuid, form bytea)
LANGUAGE sql STABLE SET search_path = ledger, pg_temp AS $$
    SELECT e.id, e.key, convert_to(
        format(E'heyi entry 1\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n', e.key, kind.name, to_char(e.effective_on, 'YYYY-MM-DD'),
               e.reference, coalesce(e.reverses::text, '-'),
               coalesce((extract(epoch FROM e.pending_until) * 1000000)::bigint::text, '-'), coalesce(e.ends::text, '-'))
        || coalesce(lines.text, ''), 'UTF8')
    FROM every_entry e
    JOIN entry_kind kind ON kind.id = e.kind
    CROSS JOIN LATERAL (
        SELECT string_agg(format(E'%s %s %s\n', debit.code, credit.code, one.amount), '' ORDER BY one.no) AS text
        FROM unnest(e.debits, e.credits, e.amounts) WITH ORDINALITY AS one (debit, credit, amount, no)
        LEFT JOIN account debit ON debit.id = one.debit
        LEFT JOIN account credit ON credit.id = one.credit
    ) AS lines
    WHERE e.id BETWEEN p_first AND p_last
$$;
