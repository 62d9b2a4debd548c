-- The closed lists: classes of accounts, kinds of entries, and which classes may face each other in which kind.

INSERT INTO account_class (id, name, kind, normal_side) VALUES
    (1, 'receivable', 'asset', 'debit'),
    (2, 'channel_transit', 'asset', 'debit'),
    (3, 'onward_transit', 'asset', 'debit'),
    (4, 'bank', 'memo', 'debit'),
    (5, 'channel_fee', 'memo', 'debit'),
    (6, 'due_treasury', 'liability', 'credit'),
    (7, 'due_non_tax', 'liability', 'credit'),
    (8, 'surplus', 'liability', 'credit'),
    (9, 'refunds_payable', 'liability', 'credit'),
    (10, 'shortage', 'asset', 'debit');

WITH rule (id, kind, debits, credits) AS (VALUES
    -- the straight way
    (1::smallint, 'bill_confirmed', '{receivable}'::text[], '{due_treasury,due_non_tax}'::text[]),
    (2, 'bill_withdrawn', '{due_treasury,due_non_tax}', '{receivable}'),
    (3, 'payment_received', '{channel_transit}', '{receivable}'),
    (4, 'remitted_onward', '{onward_transit}', '{channel_transit,bank}'),
    (5, 'line_arrived', '{due_treasury,due_non_tax}', '{channel_transit,onward_transit,bank}'),
    -- cities whose channel settles through an account, or net of its fee
    (6, 'channel_settled', '{bank,channel_fee}', '{channel_transit}'),
    -- money that belongs nowhere yet, and its way out
    (7, 'surplus_received', '{channel_transit,bank,onward_transit}', '{surplus}'),
    (8, 'surplus_applied', '{surplus}', '{receivable}'),
    (9, 'shortage_found', '{shortage}', '{channel_transit,bank,onward_transit}'),
    (10, 'shortage_cleared', '{channel_transit,bank,onward_transit}', '{shortage}'),
    -- refunds: before arrival from the channel, after arrival from treasury or non-tax account
    (11, 'refund_approved', '{due_treasury,due_non_tax,surplus}', '{refunds_payable}'),
    (12, 'refund_paid', '{refunds_payable}', '{channel_transit,bank,onward_transit,due_treasury,due_non_tax}'),
    -- a line that went to the wrong item, unit or treasury
    (13, 'line_redirected', '{due_treasury,due_non_tax}', '{due_treasury,due_non_tax}')
), kind AS (
    INSERT INTO entry_kind (id, name) SELECT id, kind FROM rule
)
INSERT INTO entry_rule (kind, debit, credit)
SELECT rule.id, debit.id, credit.id
FROM rule
JOIN account_class debit ON debit.name = ANY (rule.debits)
JOIN account_class credit ON credit.name = ANY (rule.credits);
