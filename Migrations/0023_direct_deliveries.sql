-- works with: 0022
-- What a node sends straight from the log (docs/webhooks.md, "Straight from the log"). A program before this one queues everything,
-- as it did; the spans of a node that died are taken over by nodes of this program alone. Locks: ACCESS EXCLUSIVE for a moment on
-- `delivery` and `delivery_queue`; no row is rewritten.

-- A stretch of a retailer's log that one node sends straight on: its deliveries come into being with their first outcome. While the
-- row stands, `slots` bounds the requests under way to each endpoint; when its lease is over, any node puts what has no delivery yet
-- into the queue, and whoever held it is fenced.
CREATE TABLE delivery_span (
    retailer_id uuid NOT NULL,
    span_id uuid NOT NULL,
    node_id uuid NOT NULL,
    after_position bigint NOT NULL,
    until_position bigint NOT NULL,
    lease_until timestamptz NOT NULL,
    -- Endpoints that still have something of it under way.
    endpoint_ids uuid[] NOT NULL,
    slots int[] NOT NULL,
    PRIMARY KEY (retailer_id, span_id),
    CHECK (after_position < until_position),
    CHECK (cardinality(endpoint_ids) = cardinality(slots))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

SELECT fence_tenant('delivery_span');
-- The worker asks which retailers have spans of nodes that are gone.
CREATE POLICY worker_home ON delivery_span FOR SELECT TO tradewind_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_span TO tradewind_worker;
-- What is under way is not missing (`replay-missing`).
GRANT SELECT (retailer_id, after_position, until_position) ON delivery_span TO tradewind_app;

-- Rows of endpoint are never deleted, and the queue's rows are made with their deliveries in one statement: the checks of these keys
-- found nothing, and each took a look-up and a lock for every row.
ALTER TABLE delivery DROP CONSTRAINT IF EXISTS delivery_retailer_id_endpoint_id_fkey;
ALTER TABLE delivery_queue DROP CONSTRAINT IF EXISTS delivery_queue_retailer_id_delivery_id_fkey;
