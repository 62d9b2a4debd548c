-- Limits: an account opened with a lowest or highest balance (on its normal side) does not leave it.

-- How far each limited account among p_accounts is, on its normal side.
CREATE OR REPLACE FUNCTION limited(p_accounts integer[])
RETURNS TABLE (account_id integer, code text, lowest bigint, highest bigint, sign integer, balance bigint)
LANGUAGE sql STABLE AS $$
    SELECT bound.account_id, account.code, bound.lowest, bound.highest, side.sign,
        side.sign * (total.debits - total.credits)
    FROM account_limit bound
    JOIN account ON account.id = bound.account_id
    JOIN account_class class ON class.id = account.class
    JOIN account_total total ON total.account_id = bound.account_id
    CROSS JOIN LATERAL (SELECT CASE class.normal_side WHEN 'debit' THEN 1 ELSE -1 END) AS side (sign)
    WHERE bound.account_id = ANY (p_accounts)
$$;

-- The entries of p_wanted that would bring an account over its limit, taken in their order: a refused entry makes
-- room for those after it.
CREATE OR REPLACE FUNCTION limit_refusals(
    p_wanted integer[], p_until timestamptz[], p_accounts integer[], p_entries integer[], p_debits integer[],
    p_credits integer[], p_amounts bigint[]
) RETURNS TABLE (n integer, reason text, facts jsonb) LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_wanted integer[] := p_wanted;
BEGIN
    reason := 'limit_reached';
    LOOP
        SELECT running.n, jsonb_build_object('account', running.code, 'would_be', running.after,
                                             'lowest', running.lowest, 'highest', running.highest)
        INTO n, facts
        FROM (
            SELECT side.n, bound.code, bound.lowest, bound.highest, side.moved * bound.sign AS moved,
                bound.balance + sum(side.moved * bound.sign) OVER (PARTITION BY side.account ORDER BY side.n) AS after
            FROM (
                SELECT one.n, one.account, sum(one.moved) AS moved
                FROM unnest(p_entries, p_debits, p_credits, p_amounts) AS t (n, d, c, amount),
                    LATERAL (VALUES (t.n, p_accounts[t.d], t.amount), (t.n, p_accounts[t.c], -t.amount))
                        AS one (n, account, moved)
                WHERE t.n = ANY (v_wanted) AND p_until[t.n] IS NULL
                GROUP BY one.n, one.account
            ) AS side
            JOIN limited(p_accounts) AS bound ON bound.account_id = side.account
        ) AS running
        WHERE running.moved < 0 AND running.after < running.lowest
            OR running.moved > 0 AND running.after > running.highest
        ORDER BY running.n LIMIT 1;
        EXIT WHEN NOT FOUND;
        RETURN NEXT;
        v_wanted := array_remove(v_wanted, n);
    END LOOP;
END $$;
