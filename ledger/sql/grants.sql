-- One door: the application reads everything and executes these functions, no more.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO heyi_app;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO heyi_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA ledger GRANT SELECT ON TABLES TO heyi_app;
GRANT EXECUTE ON FUNCTION open_accounts, close_account, post, close_days, propose_reopening, approve_reopening,
    cut_day, seal_day, canonical_forms, batch_hash TO heyi_app;
