-- works with: 0023
-- Totals for suppliers by campaign and quarter-hour, how far a log was pruned, and months that are empty. Locks: ACCESS EXCLUSIVE
-- for a moment on `log_head`; SHARE on `redemption_return` while its index is built, where it is large build it CONCURRENTLY under this
-- name first. A program before this one prunes without saying how far; the next round of this one says it.

-- Up to which quarter-hour totals were told. There is a row where there was ever something to tell.
CREATE TABLE totals_told (
    retailer_id uuid PRIMARY KEY REFERENCES retailer,
    told_until timestamptz NOT NULL
) WITH (fillfactor = 50);
SELECT fence_tenant('totals_told');
-- The service's own: no supplier has a row of it.
CREATE POLICY no_supplier ON totals_told AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
GRANT SELECT, INSERT, UPDATE ON totals_told TO tradewind_app;
CREATE INDEX IF NOT EXISTS redemption_return_posted ON redemption_return (retailer_id, posted_at);

-- The last position whose event is kept no longer. Readers of the log that were not so far are told.
ALTER TABLE log_head ADD COLUMN pruned_position bigint NOT NULL DEFAULT 0 CHECK (pruned_position BETWEEN 0 AND position);

-- Takes away a month in which nothing is any more. True where it went. Held up for a moment only: where the table is busy it is left to
-- the next time. A month's rows are nobody's to see but through its parent, so the fence is lifted to look, under the lock.
CREATE FUNCTION drop_empty_month(parent text, day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    child text := parent || '_' || to_char(day, 'YYYYMM');
    has_rows boolean;
BEGIN
    IF parent NOT IN ('event', 'delivery_attempt') THEN
        RAISE EXCEPTION 'not a table whose months go: %', parent;
    END IF;
    -- Nobody's retention is shorter. Vacuum gives back the pages of a table without rows; until then there is nothing to look for.
    IF date_trunc('month', day) + interval '2 months' > clock_timestamp() OR to_regclass(child) IS NULL
        OR pg_relation_size(to_regclass(child)) > 0
    THEN
        RETURN false;
    END IF;
    SET LOCAL lock_timeout = '100ms';
    EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', parent);
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', child);
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', child);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', child) INTO has_rows;
    IF has_rows THEN
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child);
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', child);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END $$;
REVOKE ALL ON FUNCTION drop_empty_month FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_empty_month TO tradewind_worker;
