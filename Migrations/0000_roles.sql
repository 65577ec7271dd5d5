-- The roles of the service. Run with the login's own rights (a superuser, or CREATEROLE and ownership of the database);
-- every later step runs as tradewind_owner. Locks: none that matter.
--
-- owner     owns tables and partitions, migrates, maintains
-- app       a tenant's work, fenced by row-level security
-- auth      reads keys to find out who calls
-- worker    delivery: the queue and the log of one retailer at a time
-- platform  organisations, persons, agreements and keys
-- None of them can log in or bypass row-level security. The service's login is a member and takes on one of them with
-- SET LOCAL ROLE in each unit of work.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['owner', 'app', 'auth', 'worker', 'platform'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tradewind_' || role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', 'tradewind_' || role_name);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tradewind') THEN
        GRANT tradewind_owner, tradewind_app, tradewind_auth, tradewind_worker, tradewind_platform TO tradewind;
    END IF;
END $$;

GRANT USAGE, CREATE ON SCHEMA public TO tradewind_owner;
GRANT USAGE ON SCHEMA public TO tradewind_app, tradewind_auth, tradewind_worker, tradewind_platform;
GRANT SELECT ON schema_migration TO PUBLIC;
