-- Nobody updates, deletes or truncates the book: not the application, not the owner of the tables.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = ledger, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'ledger.% is append-only: % is refused; correct a mistake by a reversing entry',
        TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

-- Counters may grow and do nothing else.
CREATE FUNCTION refuse_shrinking() RETURNS trigger LANGUAGE plpgsql SET search_path = ledger, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'ledger.%: counters only grow, and rows are not deleted', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION make_append_only(p_table regclass, p_row_trigger boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql SET search_path = ledger, pg_temp AS $$
BEGIN
    IF p_row_trigger THEN
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s
                        FOR EACH ROW EXECUTE FUNCTION refuse_change()', p_table);
    END IF;
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', p_table);
END $$;

CREATE FUNCTION make_growing(p_table regclass)
RETURNS void LANGUAGE plpgsql SET search_path = ledger, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER growing BEFORE UPDATE ON %s FOR EACH ROW
                    WHEN (NEW.account_id <> OLD.account_id OR NEW.debits < OLD.debits OR NEW.credits < OLD.credits)
                    EXECUTE FUNCTION refuse_shrinking()', p_table);
    EXECUTE format('CREATE TRIGGER kept BEFORE DELETE ON %s
                    FOR EACH ROW EXECUTE FUNCTION refuse_shrinking()', p_table);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', p_table);
END $$;

SELECT make_append_only(name::regclass) FROM unnest(ARRAY[
    'account_class', 'entry_kind', 'entry_rule', 'account', 'account_limit', 'account_closing', 'entry_key', 'reversal',
    'entry', 'trail', 'archived_entry', 'archived_month', 'hold', 'hold_end', 'batch',
    'reopening', 'reopening_approval', 'day_mark', 'day_cut', 'day_head'
]) AS name;
SELECT make_growing(name::regclass) FROM unnest(ARRAY['balance', 'day_total', 'hold_total']) AS name;
