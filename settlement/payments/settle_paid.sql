-- Moves a set of locked orders to paid, with their shares, allocation lines, bills and codes, and records each transition.
-- One statement, because this is the hot path: it costs one round trip however many notifications came together.
-- Rows are found by `= ANY(array)`, which is an index scan whatever the planner thinks of the set; what is to become
-- of each was decided by the machines, so no state is named here.
--
-- orders    $1 id uuid[]  $2 from text[]  $3 to  $4 query id text[]  $5 trace number text[]  $6 clearing day date[]
--           $7 proved by text[]
-- shares    $8 id uuid[]  $9 from  $10 to          lines of these shares  $11 from  $12 to
-- bills     $13 id uuid[]  $14 from text[]  $15 event text[]  $16 to text[]  $17 wholly paid boolean[]
-- codes     $18 id uuid[]  $19 from text[]  $20 event  $21 to
-- $22 now   $23 event of orders, shares and lines
WITH paid_order AS (
    UPDATE channel_order AS one
    SET state = $3, query_id = move.query_id, trace_no = move.trace_no, clearing_day = move.clearing_day,
        proved_by = move.proved_by, paid_at = $22, next_query_at = NULL
    FROM unnest($1::uuid[], $2::text[], $4::text[], $5::text[], $6::date[], $7::text[])
        AS move (id, came_from, query_id, trace_no, clearing_day, proved_by)
    WHERE one.id = move.id AND one.id = ANY($1) AND one.state = move.came_from
    RETURNING one.id, move.came_from
),
paid_share AS (
    UPDATE share AS one SET state = $10 WHERE one.id = ANY($8::uuid[]) AND one.state = $9 RETURNING one.id
),
paid_line AS (
    UPDATE allocation_line AS one SET state = $12 WHERE one.share_id = ANY($8) AND one.state = $11 RETURNING one.id
),
paid_bill AS (
    UPDATE bill AS one SET state = move.went_to, paid_at = CASE WHEN move.whole THEN $22 END
    FROM unnest($13::uuid[], $14::text[], $15::text[], $16::text[], $17::boolean[])
        AS move (id, came_from, event, went_to, whole)
    WHERE one.id = move.id AND one.id = ANY($13) AND one.state = move.came_from
    RETURNING one.id, move.came_from, move.event, move.went_to
),
paid_code AS (
    UPDATE payment_code AS one SET state = $21
    FROM unnest($18::uuid[], $19::text[]) AS move (id, came_from)
    WHERE one.id = move.id AND one.id = ANY($18) AND one.state = move.came_from
    RETURNING one.id, move.came_from
),
recorded AS (
    INSERT INTO transition (machine, subject, event, came_from, went_to, actor, at)
    SELECT machine, id, event, came_from, went_to, 'heyi', $22::timestamptz FROM (
        SELECT 'channel_order', id, $23::text, came_from, $3::text FROM paid_order
        UNION ALL SELECT 'share', id, $23, $9::text, $10::text FROM paid_share
        UNION ALL SELECT 'allocation_line', id, $23, $11::text, $12::text FROM paid_line
        UNION ALL SELECT 'bill', id, event, came_from, went_to FROM paid_bill
        UNION ALL SELECT 'payment_code', id, $20::text, came_from, $21::text FROM paid_code
    ) AS moved (machine, id, event, came_from, went_to)
)
SELECT (SELECT count(*) FROM paid_order) + (SELECT count(*) FROM paid_share) + (SELECT count(*) FROM paid_bill)
    + (SELECT count(*) FROM paid_code)
