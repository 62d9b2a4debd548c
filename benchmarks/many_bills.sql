INSERT INTO bill (id, region, number, case_number, unit_code, transaction, rule_set, split, amount_fen, state,
    created_by, created_at, confirmed_at)
SELECT bill, region, lpad(n::text, 19, '0'), 'BENCH-' || n, repeat('0', 28), '{}', '', '{}', 1508000, 'confirmed',
    'bench', at, at
FROM made;

INSERT INTO line (id, bill_id, ordinal, item, payer, amount_fen, rule, citations, explanation, trace)
SELECT tax_line, bill, 0, 'deed_tax', 'transferee', 1500000, '', '[]'::jsonb, '{}'::jsonb, '{}'::jsonb FROM made
UNION ALL
SELECT fee_line, bill, 1, 'registration_fee', 'transferee', 8000, '', '[]', '{}', '{}' FROM made;

INSERT INTO share (id, bill_id, payer, amount_fen, state)
SELECT share, bill, 'transferee', 1508000, 'due' FROM made;

INSERT INTO voucher (id, bill_id, item, side, taxpayer_sealed, office_code, levy_number, amount_fen)
SELECT voucher, bill, 'deed_tax', 'transferee', '', '1', n::text, 1500000 FROM made;

INSERT INTO pay_code (id, bill_id, share_id, code, amount_fen, state)
SELECT pay_code, bill, share, 'BENCH' || n, 8000, 'issued' FROM made;

INSERT INTO payment_code (id, bill_id, token, state, issued_at, expires_at)
SELECT code, bill, 'bench-' || n, 'live', at, at + interval '1 day' FROM made;

INSERT INTO allocation_line (id, region, bill_id, line_id, share_id, leg, amount_fen, account, voucher_id, pay_code_id,
    state)
SELECT uuidv7(), region, bill, tax_line, share, 'tax', 1500000, 'tax', voucher, NULL::uuid, 'due' FROM made
UNION ALL
SELECT uuidv7(), region, bill, fee_line, share, 'non_tax', 8000, 'fee', NULL, pay_code, 'due' FROM made;

INSERT INTO channel_order (id, region, bill_id, share_id, code_id, channel, merchant, order_id, started_at, amount_fen,
    parts, pay_until, state)
SELECT channel_order, region, bill, share, code, 'acp', merchant, lpad(n::text, 19, '0') || 'A01', at, 1508000, '[]',
    at + interval '15 minutes', 'open'
FROM made
