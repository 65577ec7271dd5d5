-- Webhooks (LEDGER_AND_WEBHOOKS rules 28 to 40): endpoints, their secrets, and the queue of deliveries with its log of
-- attempts. All new tables: no locks that matter.
--
-- supplier_id is null on what belongs to the retailer itself; every table repeats it, so that the fence between
-- competitors needs no join.

-- Where events are sent. The second half of the row is its health, written by the delivery worker under the row's lock:
-- no index touches those columns, so that the updates stay HOT.
CREATE TABLE endpoint (
    retailer_id uuid NOT NULL REFERENCES retailer,
    endpoint_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    url text NOT NULL CHECK (octet_length(url) BETWEEN 1 AND 2048),
    description text CHECK (char_length(description) BETWEEN 1 AND 200),
    -- Empty: every type.
    event_types text[] NOT NULL DEFAULT '{}' CHECK (cardinality(event_types) <= 100),
    rate_per_second int NOT NULL DEFAULT 100 CHECK (rate_per_second BETWEEN 1 AND 1000),
    state text NOT NULL CHECK (state IN ('enabled', 'paused', 'disabled', 'deleted')),
    disabled_reason text CHECK (disabled_reason IN ('gone', 'failing')),
    -- Rises with every change by a person; the ETag of edits.
    revision bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Health.
    last_success_at timestamptz,
    last_failure_at timestamptz,
    failures_in_a_row int NOT NULL DEFAULT 0,
    window_started_at timestamptz,
    window_requests int NOT NULL DEFAULT 0,
    window_failures int NOT NULL DEFAULT 0,
    -- Null: the breaker is closed. Until then open; after it one probe.
    breaker_open_until timestamptz,
    first_failure_at timestamptz,
    failing_since timestamptz,
    rate_free_at timestamptz,
    claimed_at timestamptz,
    PRIMARY KEY (retailer_id, endpoint_id),
    CONSTRAINT endpoint_reason CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL))
) WITH (fillfactor = 50);

-- The positions of the log at which an endpoint was enabled: after_position < position <= until_position. An event is
-- delivered by itself exactly where it stands in one of them, however late the worker comes to it.
CREATE TABLE endpoint_period (
    retailer_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    supplier_id uuid,
    after_position bigint NOT NULL,
    until_position bigint,
    PRIMARY KEY (retailer_id, endpoint_id, after_position),
    FOREIGN KEY (retailer_id, endpoint_id) REFERENCES endpoint,
    CHECK (after_position <= until_position)
);
CREATE UNIQUE INDEX endpoint_period_open ON endpoint_period (retailer_id, endpoint_id) WHERE until_position IS NULL;

-- AES-GCM under the master key that key_id names; nonce, ciphertext and tag in one. Null expires_at: the current secret.
CREATE TABLE endpoint_secret (
    retailer_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    secret_id uuid NOT NULL,
    supplier_id uuid,
    key_id text COLLATE "C" NOT NULL,
    sealed bytea NOT NULL CHECK (octet_length(sealed) = 12 + 32 + 16),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (retailer_id, endpoint_id, secret_id),
    FOREIGN KEY (retailer_id, endpoint_id) REFERENCES endpoint
);

-- One event to one endpoint, and how it stands.
CREATE TABLE delivery (
    retailer_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    supplier_id uuid,
    position bigint NOT NULL,
    logged_on date NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'cancelled')),
    attempts int NOT NULL DEFAULT 0,
    last_status int,
    last_failure text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (retailer_id, delivery_id),
    CONSTRAINT delivery_once UNIQUE (retailer_id, endpoint_id, position),
    FOREIGN KEY (retailer_id, endpoint_id) REFERENCES endpoint,
    CHECK ((state = 'pending') = (finished_at IS NULL))
);
CREATE INDEX delivery_by_endpoint ON delivery (retailer_id, endpoint_id, delivery_id);
CREATE INDEX delivery_failed ON delivery (retailer_id, endpoint_id, created_at) WHERE state = 'failed';

-- What is still to be sent. A row is claimed by moving run_at to the end of its lease: it is due again when the worker
-- that held it is gone, and that worker's late answer no longer finds its claim_id.
CREATE TABLE delivery_queue (
    retailer_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    supplier_id uuid,
    run_at timestamptz NOT NULL,
    lease_until timestamptz,
    claim_id uuid,
    -- Tries of this series so far.
    tries int NOT NULL DEFAULT 0,
    PRIMARY KEY (retailer_id, delivery_id),
    FOREIGN KEY (retailer_id, delivery_id) REFERENCES delivery,
    CHECK ((lease_until IS NULL) = (claim_id IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX delivery_queue_due ON delivery_queue (retailer_id, endpoint_id, run_at);
CREATE INDEX delivery_queue_leased ON delivery_queue (retailer_id, endpoint_id, lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE delivery_attempt (
    retailer_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    number int NOT NULL CHECK (number > 0),
    started_on date NOT NULL,
    endpoint_id uuid NOT NULL,
    supplier_id uuid,
    started_at timestamptz NOT NULL,
    dns_us bigint NOT NULL,
    connect_us bigint NOT NULL,
    tls_us bigint NOT NULL,
    first_byte_us bigint NOT NULL,
    total_us bigint NOT NULL,
    remote_address text,
    status int CHECK (status BETWEEN 100 AND 999),
    failure text CHECK (failure IN ('timeout', 'connection', 'dns', 'tls', 'blocked_address', 'http', 'too_large')),
    message text,
    answer_head bytea CHECK (octet_length(answer_head) <= 20000),
    PRIMARY KEY (retailer_id, delivery_id, number, started_on),
    CONSTRAINT delivery_attempt_outcome CHECK ((status IS NULL) <> (failure IS NULL))
) PARTITION BY RANGE (started_on);

-- How far the fan-out has followed a retailer's log. There is a row where there was ever an endpoint.
CREATE TABLE webhook_cursor (
    retailer_id uuid PRIMARY KEY REFERENCES retailer,
    position bigint NOT NULL
) WITH (fillfactor = 50);

SELECT fence_tenant(name) FROM unnest(ARRAY['endpoint', 'endpoint_period', 'endpoint_secret', 'delivery', 'delivery_queue',
    'delivery_attempt', 'webhook_cursor']) AS name;
SELECT fence_supplier(name) FROM unnest(ARRAY['endpoint', 'endpoint_period', 'endpoint_secret', 'delivery',
    'delivery_queue', 'delivery_attempt']) AS name;

-- The worker asks which retailers there are to work for, before it takes on one.
CREATE POLICY worker_home ON webhook_cursor FOR SELECT TO tradewind_worker USING (true);

-- The routes never read a secret back.
GRANT SELECT (retailer_id, endpoint_id, secret_id, supplier_id, key_id, created_at, expires_at) ON endpoint_secret
    TO tradewind_app;
GRANT INSERT, DELETE, UPDATE (expires_at) ON endpoint_secret TO tradewind_app;
GRANT SELECT, INSERT, UPDATE ON endpoint, endpoint_period, delivery TO tradewind_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_queue TO tradewind_app;
GRANT SELECT ON delivery_attempt TO tradewind_app;
GRANT SELECT, INSERT ON webhook_cursor TO tradewind_app;

GRANT SELECT, UPDATE ON endpoint, endpoint_period, webhook_cursor TO tradewind_worker;
GRANT SELECT ON endpoint_secret TO tradewind_worker;
GRANT SELECT, INSERT, UPDATE ON delivery TO tradewind_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_queue TO tradewind_worker;
GRANT SELECT, INSERT ON delivery_attempt TO tradewind_worker;
