-- The book as it is read: months in use and archived ones together, transfers one by one, counters over all lanes.
DROP VIEW IF EXISTS transfer, pending_transfer, every_transfer, every_entry, account_total;

CREATE VIEW every_entry AS SELECT * FROM entry UNION ALL SELECT * FROM archived_entry;

CREATE VIEW transfer AS
    SELECT entry.id AS entry_id, entry.effective_on, one.no, one.debit, one.credit, one.amount
    FROM every_entry AS entry
    CROSS JOIN LATERAL unnest(debits, credits, amounts) WITH ORDINALITY AS one (debit, credit, amount, no)
    WHERE entry.pending_until IS NULL;

-- What a hold keeps, or kept until it was ended; it moves nothing by itself.
CREATE VIEW pending_transfer AS
    SELECT entry.id AS entry_id, entry.effective_on, one.no, one.debit, one.credit, one.amount
    FROM every_entry AS entry
    CROSS JOIN LATERAL unnest(debits, credits, amounts) WITH ORDINALITY AS one (debit, credit, amount, no)
    WHERE entry.pending_until IS NOT NULL;

CREATE VIEW account_total AS
    SELECT account_id, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits FROM balance GROUP BY account_id;
