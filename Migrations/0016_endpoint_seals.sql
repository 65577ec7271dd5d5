-- works with: 0015
-- What else of an endpoint is sealed: Ed25519 keys that sign as `v1a`, and the values of the endpoint's own headers. The program
-- before this one goes on with `v1`, without own headers and batches: ask for them when every node is new. New table and columns: no locks
-- that matter.

ALTER TABLE endpoint ADD COLUMN header_names text[] COLLATE "C" NOT NULL DEFAULT '{}' CHECK (cardinality(header_names) <= 20);
-- Events of one message at most; 1: each event is a message.
ALTER TABLE endpoint ADD COLUMN batch_max int NOT NULL DEFAULT 1 CHECK (batch_max BETWEEN 1 AND 100);

-- AES-GCM under the master key that key_id names, bound to the endpoint and the kind; nonce, ciphertext and tag in one. Null
-- expires_at: in force until something ends it.
CREATE TABLE endpoint_seal (
    retailer_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    seal_id uuid NOT NULL,
    supplier_id uuid,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('signing_key', 'headers')),
    -- What a receiver verifies with.
    public_key bytea CHECK (octet_length(public_key) = 32),
    key_id text COLLATE "C" NOT NULL,
    sealed bytea NOT NULL CHECK (octet_length(sealed) BETWEEN 12 + 1 + 16 AND 12 + 16384 + 16),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (retailer_id, endpoint_id, seal_id),
    FOREIGN KEY (retailer_id, endpoint_id) REFERENCES endpoint,
    CHECK ((kind = 'signing_key') = (public_key IS NOT NULL)),
    CHECK (kind = 'signing_key' OR expires_at IS NULL)
);
CREATE UNIQUE INDEX endpoint_seal_headers ON endpoint_seal (retailer_id, endpoint_id) WHERE kind = 'headers';

SELECT fence_tenant('endpoint_seal');
SELECT fence_supplier('endpoint_seal');

-- The routes never read what is sealed back.
GRANT SELECT (retailer_id, endpoint_id, seal_id, supplier_id, kind, public_key, key_id, created_at, expires_at) ON endpoint_seal
    TO tradewind_app;
GRANT INSERT, DELETE, UPDATE (expires_at) ON endpoint_seal TO tradewind_app;
GRANT SELECT, UPDATE (key_id, sealed) ON endpoint_seal TO tradewind_worker;
