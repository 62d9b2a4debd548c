-- Moves a set of orders to paid, with their shares, allocation lines, bills and codes, and records each transition.
-- One statement, because this is the hot path: a notification costs one round trip here however many come together.
-- The states are parameters: they come from the machines, so that no state is named twice.
--
-- $1 orders uuid[]  $2 query ids text[]  $3 trace numbers text[]  $4 clearing days date[]  $5 proved by text[]
-- $6 now  $7 order: from[]  $8 to  $9 share: from  $10 to  $11 line: from  $12 to
-- $13 bill: from[]  $14 to when a share is still due  $15 to when none is  $16 code: from[]  $17 to
WITH proved AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[])
        AS row (id, query_id, trace_no, clearing_day, proved_by)
),
moved_order AS (
    UPDATE channel_order AS one
    SET state = $8, query_id = proved.query_id, trace_no = proved.trace_no, clearing_day = proved.clearing_day,
        proved_by = proved.proved_by, paid_at = $6, next_query_at = NULL
    FROM proved JOIN channel_order AS was ON was.id = proved.id
    WHERE one.id = proved.id AND one.state = ANY($7::text[])
    RETURNING one.id, one.share_id, was.state AS came_from
),
moved_share AS (
    UPDATE share AS one SET state = $10
    FROM moved_order
    WHERE one.id = moved_order.share_id AND one.state = $9
    RETURNING one.id, one.bill_id
),
moved_line AS (
    UPDATE allocation_line AS one SET state = $12
    FROM moved_share
    WHERE one.share_id = moved_share.id AND one.state = $11
    RETURNING one.id
),
standing AS (
    SELECT paid.bill_id, NOT EXISTS (
        SELECT FROM share
        WHERE share.bill_id = paid.bill_id AND share.state = $9 AND share.id NOT IN (SELECT id FROM moved_share)
    ) AS whole
    FROM (SELECT DISTINCT bill_id FROM moved_share) AS paid
),
moved_bill AS (
    UPDATE bill AS one
    SET state = CASE WHEN standing.whole THEN $15 ELSE $14 END, paid_at = CASE WHEN standing.whole THEN $6 END
    FROM standing JOIN bill AS was ON was.id = standing.bill_id
    WHERE one.id = standing.bill_id AND one.state = ANY($13::text[])
        AND one.state <> CASE WHEN standing.whole THEN $15 ELSE $14 END
    RETURNING one.id, was.state AS came_from, one.state AS went_to, standing.whole
),
moved_code AS (
    UPDATE payment_code AS one SET state = $17
    FROM moved_bill JOIN payment_code AS was ON was.bill_id = moved_bill.id
    WHERE moved_bill.whole AND one.id = was.id AND one.state = ANY($16::text[])
    RETURNING one.id, was.state AS came_from
),
recorded AS (
    INSERT INTO transition (machine, subject, event, came_from, went_to, actor, at)
    SELECT machine, id, event, came_from, went_to, 'heyi', $6 FROM (
        SELECT 'channel_order', id, 'pay', came_from, $8 FROM moved_order
        UNION ALL SELECT 'share', id, 'pay', $9, $10 FROM moved_share
        UNION ALL SELECT 'allocation_line', id, 'pay', $11, $12 FROM moved_line
        UNION ALL SELECT 'bill', id, CASE WHEN whole THEN 'last_share_paid' ELSE 'share_paid' END, came_from, went_to
            FROM moved_bill
        UNION ALL SELECT 'payment_code', id, 'last_share_paid', came_from, $17 FROM moved_code
    ) AS moved (machine, id, event, came_from, went_to)
)
SELECT (SELECT count(*) FROM moved_order) AS orders, (SELECT count(*) FROM moved_share) AS shares
