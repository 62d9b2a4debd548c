-- Opens the accounts that do not exist yet; those that do are left as they are.
CREATE OR REPLACE FUNCTION open_accounts(p_codes text[], p_regions text[], p_classes text[], p_lowest bigint[], p_highest bigint[],
                              p_at timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
    WITH opened AS (
        INSERT INTO account (code, region, class, opened_at)
        SELECT DISTINCT wanted.code, wanted.region, class.id, p_at
        FROM unnest(p_codes, p_regions, p_classes) AS wanted (code, region, class)
        JOIN account_class class ON class.name = wanted.class
        WHERE NOT EXISTS (SELECT FROM account WHERE account.code = wanted.code)
        ORDER BY wanted.code
        ON CONFLICT (code) DO NOTHING
        RETURNING id, code
    ), bound AS (
        INSERT INTO account_limit (account_id, lowest, highest)
        SELECT opened.id, wanted.lowest, wanted.highest
        FROM opened JOIN unnest(p_codes, p_lowest, p_highest) AS wanted (code, lowest, highest) USING (code)
        WHERE coalesce(wanted.lowest, wanted.highest) IS NOT NULL
    )
    INSERT INTO balance (account_id, debits, credits) SELECT id, 0, 0 FROM opened ORDER BY id;
$$;

-- Closes an account for good, once no posting is under way; an account with a balance stays open.
-- Answers the balance on the debit side: null where there is no such account, 0 when it is closed.
CREATE OR REPLACE FUNCTION close_account(p_code text, p_actor text, p_reason text, p_at timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
DECLARE
    v_account integer;
    v_balance bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('heyi ledger days'));
    SELECT account.id, total.debits - total.credits INTO v_account, v_balance
    FROM account JOIN account_total total ON total.account_id = account.id WHERE account.code = p_code;
    IF v_balance = 0 THEN
        INSERT INTO account_closing (account_id, actor, reason, closed_at)
        VALUES (v_account, p_actor, p_reason, p_at) ON CONFLICT DO NOTHING;
    END IF;
    RETURN v_balance;
END $$;
