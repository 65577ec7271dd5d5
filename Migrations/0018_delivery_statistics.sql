-- works with: 0017
-- What PostgreSQL believes of a retailer's share in the delivery tables. Their rows come and go within seconds: statistics of which
-- retailers had rows a while ago make it believe that all others have none, and then any plan looks good. Without them it takes a
-- fixed share of the table as it is now. Dead rows at the front of the queue are vacuumed soon, since each claim reads over them.
-- Locks: SHARE UPDATE EXCLUSIVE for a moment.

ALTER TABLE delivery_queue ALTER COLUMN retailer_id SET STATISTICS 0, ALTER COLUMN endpoint_id SET STATISTICS 0;
ALTER TABLE delivery ALTER COLUMN retailer_id SET STATISTICS 0, ALTER COLUMN endpoint_id SET STATISTICS 0;
ALTER TABLE delivery_queue SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
