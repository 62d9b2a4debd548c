-- Settles what was paid as it was owed: order, share, allocation lines, bill and code move on, the transitions are
-- recorded, the follow-up queued, the letter stored and the book posted. Called by settlement/payments/settling.py:
-- however many notifications came together, they are one round trip and one commit.

-- A proof that an order was paid, the entry that it makes in the book (its accounts by their places in a list, from 1),
-- and the letter in which it came (null where it came by query or file).
DO $$ BEGIN
    CREATE TYPE proof_of_payment AS (
        region text, channel text, merchant text, order_id text, started_at timestamptz, amount_fen bigint,
        query_id text, trace_no text, clearing_day date, path text,
        entry_key uuid, digest bytea, effective_on date, reference text, debit integer, credit integer,
        letter uuid, source text, raw bytea, event_key text, detail text
    );
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

-- Answers the places, from 1, of the proofs that were settled. The others are odd (unknown, late, again, another amount)
-- and left alone, with their bills locked. Where the book refuses an entry nothing is written; `reason` and `facts` say
-- why, and the only place is that of the entry.
--
-- `p_rules` is machine -> event -> from -> to, as the machines have it: no state is named here. Everything that moves a
-- bill takes the bill's row first, sets in the order of their ids; the book comes last, since its hot accounts are the
-- same for everybody and are locked from there to the commit.
--
-- With `p_quiet` nobody is woken for the follow-up: a notification in the transaction would make commits wait for one
-- another. Whoever wants it so wakes them after the commit.
CREATE OR REPLACE FUNCTION settle_paid(
    p_proofs proof_of_payment[], p_accounts text[], p_rules jsonb, p_follow_up text, p_entry_kind text,
    p_now timestamptz, p_quiet boolean,
    OUT places integer[], OUT reason text, OUT facts text
)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan  -- else each call is planned anew for the length of its array
SET enable_seqscan = off  -- a plan made while a table was small must not scan it once it is large
AS $$
#variable_conflict use_column
DECLARE
    v_orders CONSTANT jsonb := p_rules -> 'channel_order' -> 'pay';  -- from -> to
    v_shares CONSTANT jsonb := p_rules -> 'share' -> 'pay';
    v_lines CONSTANT jsonb := p_rules -> 'allocation_line' -> 'pay';
    v_bills CONSTANT jsonb := p_rules -> 'bill';                      -- event -> from -> to
    v_codes CONSTANT jsonb := p_rules -> 'payment_code';
    v_under_way CONSTANT jsonb := p_rules -> 'channel_order' -> 'time_over';
    v_set CONSTANT bigint := nextval('transition_set_id');
    v_keys uuid[];  -- of the entries of the settled ones
    v_digests bytea[];
    v_effective date[];
    v_references text[];
    v_debits integer[];
    v_credits integer[];
    v_amounts bigint[];
    v_places integer[];  -- of the entries in the book's batch, and of their only transfers
    v_answer record;
BEGIN
    IF p_quiet THEN
        PERFORM set_config('heyi.quiet', 'on', true);  -- for the trigger of the queue
    END IF;
    PERFORM FROM bill WHERE id = ANY (ARRAY(
        SELECT bill_id FROM channel_order WHERE order_id = ANY (ARRAY(SELECT order_id FROM unnest(p_proofs)))
    )) ORDER BY id FOR UPDATE;

    WITH fit AS MATERIALIZED (  -- what pays as it was owed, one proof a share
        SELECT DISTINCT ON (one.share_id) proof.*, one.id, one.state, v_orders ->> one.state AS went_to,
            one.share_id, share.state AS share_state, one.bill_id, bill.state AS bill_state, one.code_id
        FROM unnest(p_proofs) WITH ORDINALITY AS proof
        JOIN channel_order AS one USING (order_id, merchant, started_at, amount_fen, region)
        JOIN share ON share.id = one.share_id
        JOIN bill ON bill.id = one.bill_id
        WHERE v_orders ? one.state AND v_shares ? share.state AND v_bills -> 'last_share_paid' ? bill.state
        ORDER BY one.share_id, proof.ordinality
    ),
    fit_bill AS MATERIALIZED (  -- what becomes of each bill; one that stays paid in part goes nowhere
        SELECT paid.id, paid.state, due.event, v_bills -> due.event ->> paid.state AS went_to
        FROM (SELECT bill_id AS id, bill_state AS state, count(*) AS shares FROM fit GROUP BY 1, 2) AS paid
        CROSS JOIN LATERAL (
            SELECT CASE count(*) WHEN paid.shares THEN 'last_share_paid' ELSE 'share_paid' END AS event
            FROM share WHERE share.bill_id = paid.id AND v_shares ? share.state
        ) AS due
    ),
    fit_code AS MATERIALIZED (  -- the bill's code ends with its last share; else it rests once nothing is under way;
        SELECT code.id, code.state, next.event, v_codes -> next.event ->> code.state AS went_to
        FROM fit_bill JOIN payment_code AS code ON code.bill_id = fit_bill.id
        CROSS JOIN LATERAL (SELECT CASE
            WHEN fit_bill.event = 'last_share_paid' AND v_codes -> 'last_share_paid' ? code.state THEN 'last_share_paid'
            WHEN code.id NOT IN (SELECT code_id FROM fit) THEN NULL
            WHEN fit_bill.event = 'last_share_paid' THEN 'paid_after_all'  -- it had ended before
            WHEN NOT EXISTS (
                SELECT FROM channel_order AS other
                WHERE other.bill_id = fit_bill.id AND other.code_id = code.id AND v_under_way ? other.state
                    AND other.id NOT IN (SELECT id FROM fit)
            ) THEN 'rest'
        END AS event OFFSET 0) AS next  -- OFFSET: found out once, not at each use
        WHERE v_codes -> next.event ? code.state
    ),
    paid_order AS (
        UPDATE channel_order AS one
        SET state = fit.went_to, query_id = fit.query_id, trace_no = fit.trace_no, clearing_day = fit.clearing_day,
            proved_by = fit.path, paid_at = p_now, next_query_at = NULL, settled_in = v_set
        FROM fit WHERE one.id = fit.id
        RETURNING one.id, fit.state
    ),
    paid_share AS (
        UPDATE share AS one SET state = v_shares ->> one.state FROM fit WHERE one.id = fit.share_id
        RETURNING one.id, fit.share_state
    ),
    paid_line AS (
        UPDATE allocation_line AS one SET state = rule.went_to
        FROM fit, jsonb_each_text(v_lines) AS rule (came_from, went_to)
        WHERE one.share_id = fit.share_id AND one.state = rule.came_from
        RETURNING one.id, rule.came_from
    ),
    paid_bill AS (
        UPDATE bill AS one
        SET state = fit_bill.went_to, paid_at = CASE fit_bill.event WHEN 'last_share_paid' THEN p_now END
        FROM fit_bill WHERE one.id = fit_bill.id AND fit_bill.went_to IS NOT NULL
        RETURNING one.id, fit_bill.event, fit_bill.state
    ),
    paid_code AS (
        UPDATE payment_code AS one SET state = fit_code.went_to FROM fit_code WHERE one.id = fit_code.id
        RETURNING one.id, fit_code.event, fit_code.state
    ),
    recorded AS (
        INSERT INTO transition_set (id, no, machine, event, came_from, went_to, subjects, actor, at)
        SELECT v_set, no, machine, event, came_from, p_rules -> machine -> event ->> came_from, array_agg(id), 'heyi',
            p_now
        FROM (
            SELECT 1, 'channel_order', 'pay', state, id FROM paid_order
            UNION ALL SELECT 2, 'share', 'pay', share_state, id FROM paid_share
            UNION ALL SELECT 3, 'allocation_line', 'pay', came_from, id FROM paid_line
            UNION ALL SELECT 4, 'bill', event, state, id FROM paid_bill
            UNION ALL SELECT 5, 'payment_code', event, state, id FROM paid_code
        ) AS moved (no, machine, event, came_from, id)
        GROUP BY no, machine, event, came_from
    ),
    followed AS (
        INSERT INTO pgqueuer (priority, entrypoint, payload, status)
        SELECT 0, p_follow_up, convert_to(string_agg(id::text, ' '), 'UTF8'), 'queued' FROM fit_bill HAVING count(*) > 0
    ),
    stored AS (
        INSERT INTO inbox (id, region, channel, received_at, source, raw, event_key, outcome, detail)
        SELECT letter, region, channel, p_now, source, raw, event_key, 'applied', detail FROM fit
        WHERE letter IS NOT NULL
    )
    SELECT array_agg(ordinality), array_agg(entry_key), array_agg(digest), array_agg(effective_on),
        array_agg(reference), array_agg(debit), array_agg(credit), array_agg(amount_fen)
    INTO places, v_keys, v_digests, v_effective, v_references, v_debits, v_credits, v_amounts
    FROM fit;

    IF places IS NULL THEN
        RETURN;
    END IF;
    v_places := ARRAY(SELECT generate_series(1, cardinality(v_keys)));
    -- The first row tells: all or none is posted, and if none, only what is refused is answered, in order.
    SELECT given.n, given.outcome, given.reason, given.facts INTO v_answer
    FROM ledger.post(
        v_keys, array_fill(1, ARRAY[cardinality(v_keys)]), ARRAY[p_entry_kind], v_effective, v_references,
        NULL, NULL, NULL, v_digests, p_accounts, v_places, v_places, v_debits, v_credits, v_amounts, p_now, false
    ) AS given;
    IF v_answer.outcome = 'refused' THEN
        RAISE SQLSTATE 'HY001';  -- takes back what this block wrote
    END IF;
EXCEPTION WHEN SQLSTATE 'HY001' THEN
    places := places[v_answer.n : v_answer.n];
    reason := v_answer.reason;
    facts := v_answer.facts;
END $$;
