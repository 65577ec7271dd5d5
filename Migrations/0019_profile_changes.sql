-- works with: 0018
-- What profiles follow from and that was changed: written with its cause, so that an audience index in memory knows whom to
-- look at again (docs/decisions/0020-following-profiles.md). New tables only: no locks that matter. The program before this
-- one notes nothing: an index that is built after it stopped is right.

-- One row for each statement that changed something, with all that it changed. `xid` is the transaction of the cause: a
-- reader that remembers the snapshot of its last look sees exactly the rows that were committed since, in whatever order
-- they were written, without a lock that writers would wait for.
CREATE TABLE profile_change (
    retailer_id uuid NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    change_id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('shoppers', 'products', 'categories', 'traits')),
    -- Keys of shoppers, ordinals of products; empty where all of the kind are meant.
    keys bigint[] NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, xid, change_id)
);

-- Rows of transactions below this one were removed: who looked last before it cannot follow and begins anew.
CREATE TABLE profile_change_floor (
    retailer_id uuid PRIMARY KEY REFERENCES retailer,
    removed_below xid8 NOT NULL
);

SELECT fence_tenant(name) FROM unnest(ARRAY['profile_change', 'profile_change_floor']) AS name;
CREATE POLICY no_supplier ON profile_change AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON profile_change_floor AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');

GRANT SELECT, INSERT ON profile_change TO tradewind_app;
GRANT SELECT ON profile_change_floor TO tradewind_app;
GRANT SELECT, DELETE ON profile_change TO tradewind_worker;
GRANT SELECT, INSERT, UPDATE ON profile_change_floor TO tradewind_worker;
