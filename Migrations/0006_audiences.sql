-- Traits, saved audiences and what suppliers asked (DOMAIN 10 and 12). All new tables: no locks that matter.

-- A habit that the retailer defines as a rule over purchases within the profile window.
CREATE TABLE trait (
    retailer_id uuid NOT NULL REFERENCES retailer,
    trait text COLLATE "C" NOT NULL CHECK (trait ~ '^[a-z][a-z0-9_]{0,63}$'),
    description text NOT NULL DEFAULT '',
    -- {"products": [...] | "brands": [...] | "categories": [...], "min_receipts": n}
    rule jsonb NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, trait)
);

-- A saved predicate. `supplier_id` null: the retailer's own.
CREATE TABLE audience (
    retailer_id uuid NOT NULL REFERENCES retailer,
    audience_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    version bigint NOT NULL DEFAULT 1,
    archived_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, audience_id)
);
CREATE INDEX audience_by_supplier ON audience (retailer_id, supplier_id, audience_id);

-- What an audience meant at a version: immutable, campaigns refer to it.
CREATE TABLE audience_version (
    retailer_id uuid NOT NULL,
    audience_id uuid NOT NULL,
    version bigint NOT NULL,
    predicate jsonb NOT NULL,
    created_by_person uuid,
    created_by_key uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, audience_id, version),
    FOREIGN KEY (retailer_id, audience_id) REFERENCES audience
);

-- The distinct predicates that a supplier counted on a day: its budget (DOMAIN 10).
CREATE TABLE predicate_use (
    retailer_id uuid NOT NULL REFERENCES retailer,
    supplier_id uuid NOT NULL REFERENCES supplier,
    used_on date NOT NULL,
    predicate_hash bytea NOT NULL CHECK (octet_length(predicate_hash) = 32),
    PRIMARY KEY (retailer_id, supplier_id, used_on, predicate_hash)
);

-- Keys of the service that were not given by configuration: made once, the same on every node. No tenant's.
CREATE TABLE server_secret (
    name text COLLATE "C" PRIMARY KEY,
    secret bytea NOT NULL CHECK (octet_length(secret) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Receipts of a till with a wrong clock count on the day on which they came: profiles find them apart from the months.
CREATE INDEX receipt_clock_suspect ON receipt (retailer_id, received_at) WHERE is_clock_suspect;

SELECT fence_tenant(name) FROM unnest(ARRAY['trait', 'audience', 'audience_version', 'predicate_use']) AS name;
SELECT fence_supplier(name) FROM unnest(ARRAY['audience', 'predicate_use']) AS name;

-- A version follows its audience's fence.
CREATE POLICY supplier ON audience_version AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer' OR EXISTS (
        SELECT FROM audience
        WHERE audience.retailer_id = audience_version.retailer_id AND audience.audience_id = audience_version.audience_id
    ));

GRANT SELECT, INSERT ON server_secret TO tradewind_app;
GRANT SELECT, INSERT, UPDATE ON trait, audience TO tradewind_app;
GRANT SELECT, INSERT ON audience_version, predicate_use TO tradewind_app;
