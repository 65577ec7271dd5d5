-- works with: 0027
-- What became of each receipt of a bulk load on which money was decided, and what was claimed and paid in all. Additive: a program
-- before this one neither writes nor reads it. Locks: ACCESS EXCLUSIVE for a moment on `import`.

ALTER TABLE import
    ADD COLUMN claimed_amount bigint NOT NULL DEFAULT 0,
    ADD COLUMN funded_amount bigint NOT NULL DEFAULT 0;

-- The line of the file, and the receipt whose redemptions and returns tell the rest.
CREATE TABLE import_outcome (
    retailer_id uuid NOT NULL,
    import_id uuid NOT NULL,
    line bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('accepted', 'replayed')),
    business_day date NOT NULL,
    store_ordinal int NOT NULL,
    till text COLLATE "C" NOT NULL,
    shift text COLLATE "C" NOT NULL DEFAULT '',
    number text COLLATE "C" NOT NULL,
    PRIMARY KEY (retailer_id, import_id, line),
    FOREIGN KEY (retailer_id, import_id) REFERENCES import
);
SELECT fence_tenant('import_outcome');
CREATE POLICY no_supplier ON import_outcome AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
GRANT SELECT, INSERT ON import_outcome TO tradewind_app;
