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

SELECT fence_tenant(name) FROM unnest(ARRAY['trait', 'audience', 'audience_version', 'predicate_use']) AS name;
SELECT fence_supplier(name) FROM unnest(ARRAY['audience', 'predicate_use']) AS name;

GRANT SELECT, INSERT, UPDATE ON trait, audience TO tradewind_app;
GRANT SELECT, INSERT ON audience_version, predicate_use TO tradewind_app;
