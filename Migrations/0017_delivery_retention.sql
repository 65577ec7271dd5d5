-- works with: 0016
-- Finished deliveries go after 30 days and events after 90 (docs/webhooks.md). The index finds what is due without reading what is
-- not. Locks: SHARE on delivery while the index is built; where the table is large, build it CONCURRENTLY under this name first.

CREATE INDEX IF NOT EXISTS delivery_finished ON delivery (retailer_id, finished_at) WHERE finished_at IS NOT NULL;

GRANT DELETE ON delivery, delivery_attempt, event TO tradewind_worker;
