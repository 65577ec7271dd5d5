-- Receipts as facts (DOMAIN 1): one row each, lines as parallel arrays, by month of the business day. The row is its own
-- claim: the natural key is the primary key. All new tables: no locks that matter.

CREATE TABLE receipt (
    retailer_id uuid NOT NULL,
    business_day date NOT NULL,
    store_ordinal int NOT NULL,
    till text COLLATE "C" NOT NULL,
    shift text COLLATE "C" NOT NULL DEFAULT '',
    number text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('sale', 'return', 'void')),
    channel text NOT NULL DEFAULT 'till' CHECK (channel IN ('till', 'online')),
    shopper_key bigint,
    sold_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    -- What was paid, from the header or the sum of the lines; null where the feed has neither.
    total bigint CHECK (total BETWEEN 0 AND 1000000000000000),
    rounding bigint NOT NULL DEFAULT 0,
    fiscal_id text,
    basket_id text COLLATE "C",
    -- SHA-256 of the canonical content: the same key with another one is a conflict.
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    revision int NOT NULL DEFAULT 1,
    -- Undone by a void of the same business day: it does not exist for profiles.
    voided_at timestamptz,
    is_clock_suspect boolean NOT NULL DEFAULT false,
    -- Parallel arrays, one element a line, in the order of line_no.
    line_no int[] NOT NULL,
    product_ordinal int[] NOT NULL,
    quantity_milli bigint[] NOT NULL,
    regular_amount bigint[] NOT NULL,
    base_amount bigint[] NOT NULL,
    -- After every discount, ours included; null where the feed has no amounts.
    paid_amount bigint[] NOT NULL,
    vat_rate_bp int[] NOT NULL,
    PRIMARY KEY (retailer_id, business_day, store_ordinal, till, shift, number),
    CONSTRAINT receipt_lines_parallel CHECK (
        cardinality(line_no) = cardinality(product_ordinal)
        AND cardinality(line_no) = cardinality(quantity_milli)
        AND cardinality(line_no) = cardinality(regular_amount)
        AND cardinality(line_no) = cardinality(base_amount)
        AND cardinality(line_no) = cardinality(paid_amount)
        AND cardinality(line_no) = cardinality(vat_rate_bp)
    )
) PARTITION BY RANGE (business_day);
CREATE INDEX receipt_by_shopper ON receipt (retailer_id, shopper_key, business_day) WHERE shopper_key IS NOT NULL;

-- A line that came back. `original_*` names the sale's line where it was matched; the return counts on its day.
CREATE TABLE return_line (
    retailer_id uuid NOT NULL,
    business_day date NOT NULL,
    store_ordinal int NOT NULL,
    till text COLLATE "C" NOT NULL,
    shift text COLLATE "C" NOT NULL,
    number text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    product_ordinal int NOT NULL,
    quantity_milli bigint NOT NULL CHECK (quantity_milli > 0),
    amount bigint NOT NULL CHECK (amount >= 0),
    shopper_key bigint,
    match text NOT NULL CHECK (match IN ('original', 'found', 'unmatched')),
    original_business_day date,
    original_store_ordinal int,
    original_till text COLLATE "C",
    original_shift text COLLATE "C",
    original_number text COLLATE "C",
    original_line_no int,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, business_day, store_ordinal, till, shift, number, line_no),
    CHECK ((match = 'unmatched') = (original_line_no IS NULL))
);
CREATE INDEX return_line_by_original ON return_line (
    retailer_id, original_business_day, original_store_ordinal, original_till, original_shift, original_number
) WHERE original_line_no IS NOT NULL;
CREATE INDEX return_line_by_shopper ON return_line (retailer_id, shopper_key, business_day);

-- Receipts that came whole but cannot be filed: older than the oldest attached month. Never paid by themselves.
CREATE TABLE receipt_quarantine (
    retailer_id uuid NOT NULL REFERENCES retailer,
    quarantine_id uuid NOT NULL,
    reason text NOT NULL CHECK (reason IN ('older_than_oldest_month', 'in_the_future')),
    received_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (retailer_id, quarantine_id)
);

-- A bulk load: lines are staged by COPY and taken over in chunks, each a transaction; after a break it goes on after the
-- last chunk.
CREATE TABLE import (
    retailer_id uuid NOT NULL REFERENCES retailer,
    import_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('stores', 'products', 'prices', 'price_bounds', 'shoppers', 'tags', 'receipts')),
    format text NOT NULL CHECK (format IN ('ndjson', 'csv')),
    name text NOT NULL DEFAULT '',
    state text NOT NULL CHECK (state IN ('running', 'interrupted', 'finished', 'failed')),
    lines_read bigint NOT NULL DEFAULT 0,
    accepted bigint NOT NULL DEFAULT 0,
    replayed bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    chunks int NOT NULL DEFAULT 0,
    failure text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    PRIMARY KEY (retailer_id, import_id)
);

CREATE TABLE import_reject (
    retailer_id uuid NOT NULL,
    import_id uuid NOT NULL,
    line bigint NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    pointer text NOT NULL DEFAULT '',
    content text NOT NULL CHECK (octet_length(content) <= 4096),
    PRIMARY KEY (retailer_id, import_id, line),
    FOREIGN KEY (retailer_id, import_id) REFERENCES import
);

SELECT fence_tenant(name) FROM unnest(ARRAY['receipt', 'return_line', 'receipt_quarantine', 'import', 'import_reject'])
    AS name;

CREATE POLICY no_supplier ON receipt_quarantine AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON import AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON import_reject AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');

GRANT SELECT, INSERT, UPDATE ON receipt, import TO tradewind_app;
GRANT SELECT, INSERT ON return_line, receipt_quarantine, import_reject TO tradewind_app;

-- What the planner knows of the tables that a bulk load fills: without it a fresh retailer's receipts count as one row, and a
-- preview joins in a loop what it should hash. Autovacuum comes a minute later, and never to a partitioned parent. The arrays
-- of lines are left out: their statistics cost most and serve no plan. One at a time; whoever comes meanwhile goes on.
CREATE FUNCTION refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF pg_try_advisory_xact_lock(hashtextextended('refresh statistics', 0)) THEN
        ANALYZE receipt (
            retailer_id, business_day, store_ordinal, till, shift, number, kind, shopper_key, total, voided_at, is_clock_suspect
        ), return_line, product, store, shopper, shopper_card, shopper_tag;
    END IF;
END $$;
REVOKE ALL ON FUNCTION refresh_statistics FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refresh_statistics TO tradewind_app;
