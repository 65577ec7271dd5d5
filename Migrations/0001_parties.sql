-- Organisations, people, agreements, keys, idempotency, audit, and the event log. All new tables: no locks that matter.
--
-- Fences, the same for every tenant table of every later step:
--   tenant     retailer_id is the retailer of the unit of work
--   supplier   a supplier sees its own rows only (RESTRICTIVE: it comes on top of the tenant's)
-- A setting that is not set shows nothing.

-- The tenant. A reference table: small, joined by everybody.
CREATE TABLE retailer (
    retailer_id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    asset varchar(32) NOT NULL,
    minor_exponent int NOT NULL DEFAULT 2 CHECK (minor_exponent BETWEEN 0 AND 4),
    zone text NOT NULL,
    language varchar(16) NOT NULL DEFAULT 'en',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE supplier (
    supplier_id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A human being of one or several organisations. Confirmations compare persons.
CREATE TABLE person (
    person_id uuid PRIMARY KEY,
    display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 200),
    external_id text COLLATE "C",
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE membership (
    person_id uuid NOT NULL REFERENCES person,
    organisation_kind text NOT NULL CHECK (organisation_kind IN ('platform', 'retailer', 'supplier')),
    organisation_id uuid NOT NULL,
    roles text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    PRIMARY KEY (person_id, organisation_kind, organisation_id)
);
CREATE INDEX membership_by_organisation ON membership (organisation_kind, organisation_id);

-- The secret is 32 random bytes, so that its SHA-256 needs no salt and no stretching.
CREATE TABLE api_key (
    key_id uuid PRIMARY KEY,
    organisation_kind text NOT NULL CHECK (organisation_kind IN ('platform', 'retailer', 'supplier')),
    organisation_id uuid NOT NULL,
    person_id uuid REFERENCES person,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    roles text[] NOT NULL CHECK (cardinality(roles) BETWEEN 1 AND 16),
    store_ids text[] COLLATE "C",
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by uuid,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_key_by_organisation ON api_key (organisation_kind, organisation_id, key_id);

-- A retailer's settings with their defaults (docs/policies.md).
CREATE TABLE policy (
    retailer_id uuid PRIMARY KEY REFERENCES retailer,
    profile_window_days int NOT NULL DEFAULT 90 CHECK (profile_window_days BETWEEN 7 AND 365),
    privacy_floor int NOT NULL DEFAULT 50 CHECK (privacy_floor BETWEEN 10 AND 10000),
    late_receipt_days int NOT NULL DEFAULT 7 CHECK (late_receipt_days BETWEEN 0 AND 60),
    stop_publishing_bp int NOT NULL DEFAULT 9000 CHECK (stop_publishing_bp BETWEEN 1 AND 10000),
    hold_seconds int NOT NULL DEFAULT 900 CHECK (hold_seconds BETWEEN 30 AND 604800),
    offer_period text NOT NULL DEFAULT 'week' CHECK (offer_period IN ('day', 'week')),
    price_step_minor bigint NOT NULL DEFAULT 1 CHECK (price_step_minor BETWEEN 1 AND 100000),
    below_minimum_price text NOT NULL DEFAULT 'clip' CHECK (below_minimum_price IN ('clip', 'withhold')),
    exhausted_share text NOT NULL DEFAULT 'stop' CHECK (exhausted_share IN ('stop', 'others_take_over')),
    personal_offers_default boolean NOT NULL DEFAULT true,
    top_up_needs_second_person boolean NOT NULL DEFAULT false,
    redemption_years int NOT NULL DEFAULT 6 CHECK (redemption_years BETWEEN 1 AND 20),
    day_starts_at_minutes int NOT NULL DEFAULT 0 CHECK (day_starts_at_minutes BETWEEN 0 AND 720),
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The contract that lets one supplier run campaigns at one retailer (DOMAIN 5). Scope and limits are JSON with typed
-- parsing in Parties; what a decision joins on is a column.
CREATE TABLE agreement (
    retailer_id uuid NOT NULL REFERENCES retailer,
    agreement_id uuid NOT NULL,
    supplier_id uuid NOT NULL REFERENCES supplier,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    state text NOT NULL CHECK (state IN ('draft', 'signed', 'active', 'suspended', 'ended')),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    fee_bp int NOT NULL CHECK (fee_bp BETWEEN 0 AND 10000),
    depth_max_bp int NOT NULL CHECK (depth_max_bp BETWEEN 1 AND 10000),
    money_holder text NOT NULL CHECK (money_holder IN ('retailer', 'platform')),
    insight_scope text NOT NULL CHECK (insight_scope IN ('own_brands', 'own_categories', 'all')),
    scope jsonb NOT NULL,
    auto_approval jsonb,
    unfunded_bearers jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, agreement_id),
    CONSTRAINT agreement_dates CHECK (starts_on <= ends_on),
    UNIQUE (retailer_id, agreement_id, supplier_id)
);
CREATE INDEX agreement_by_supplier ON agreement (supplier_id, retailer_id);

CREATE TABLE agreement_person (
    retailer_id uuid NOT NULL,
    agreement_id uuid NOT NULL,
    side text NOT NULL CHECK (side IN ('retailer', 'supplier')),
    person_id uuid NOT NULL REFERENCES person,
    PRIMARY KEY (retailer_id, agreement_id, side, person_id),
    FOREIGN KEY (retailer_id, agreement_id) REFERENCES agreement
);

-- Answers to writes with an Idempotency-Key, for good. Outside a tenant retailer_id is all zeros.
CREATE TABLE idempotency_claim (
    retailer_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL,
    status int NOT NULL,
    location text,
    body bytea NOT NULL CHECK (octet_length(body) <= 65536),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, organisation_id, key)
);

-- Every write: who, with which key, what, why, before and after. Append-only. Outside a tenant retailer_id is all zeros.
CREATE TABLE audit_entry (
    retailer_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    organisation_kind text NOT NULL,
    organisation_id uuid NOT NULL,
    supplier_id uuid,
    person_id uuid,
    key_id uuid NOT NULL,
    request_id text NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    reason text,
    before jsonb,
    after jsonb,
    PRIMARY KEY (retailer_id, entry_id)
);
CREATE INDEX audit_entry_by_subject ON audit_entry (retailer_id, subject_kind, subject_id, entry_id);

-- The newest position of a retailer's log. Its row is held from an append to the commit, so positions are gap-free and
-- in commit order.
CREATE TABLE log_head (
    retailer_id uuid PRIMARY KEY REFERENCES retailer,
    position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE event (
    retailer_id uuid NOT NULL,
    position bigint NOT NULL,
    logged_on date NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text COLLATE "C" NOT NULL,
    supplier_ids uuid[],
    campaign_id uuid,
    shopper_key bigint,
    units bigint,
    amount bigint,
    data jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, position, logged_on)
) PARTITION BY RANGE (logged_on);
CREATE INDEX event_by_id ON event (retailer_id, event_id);

-- Attaches the month of `day` to a table that is partitioned by RANGE of a date. Made apart and then attached, so that
-- the parent is locked SHARE UPDATE EXCLUSIVE only. No role but the owner has rights on a partition.
CREATE FUNCTION attach_month(parent text, day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', day)::date;
    next_month date := (date_trunc('month', day) + interval '1 month')::date;
    child text := parent || '_' || to_char(first_day, 'YYYYMM');
BEGIN
    IF parent NOT IN ('event', 'receipt', 'redemption', 'delivery_attempt') THEN
        RAISE EXCEPTION 'not a table of months: %', parent;
    END IF;
    IF to_regclass(child) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- A relation's lock and no advisory one: it alone makes this session see what another has just attached.
    EXECUTE format('LOCK TABLE %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    IF to_regclass(child) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', child, parent);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child, first_day, next_month);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION attach_month FROM PUBLIC;
GRANT EXECUTE ON FUNCTION attach_month TO tradewind_app, tradewind_worker, tradewind_platform;

-- Fences a tenant table: row-level security, forced also for its owner, by retailer.
CREATE FUNCTION fence_tenant(target text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY tenant ON %I TO tradewind_app, tradewind_worker '
        'USING (retailer_id = NULLIF(current_setting(''app.retailer_id'', true), '''')::uuid)', target);
END $$;
REVOKE ALL ON FUNCTION fence_tenant FROM PUBLIC;

-- Fences competitors from each other on a table with a supplier_id.
CREATE FUNCTION fence_supplier(target text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE POLICY supplier ON %I AS RESTRICTIVE TO tradewind_app '
        'USING (current_setting(''app.actor'', true) = ''retailer'' '
        'OR supplier_id = NULLIF(current_setting(''app.supplier_id'', true), '''')::uuid)', target);
END $$;
REVOKE ALL ON FUNCTION fence_supplier FROM PUBLIC;

SELECT fence_tenant(name) FROM unnest(ARRAY['policy', 'agreement', 'agreement_person', 'idempotency_claim', 'audit_entry',
    'log_head', 'event']) AS name;
SELECT fence_supplier(name) FROM unnest(ARRAY['agreement', 'audit_entry']) AS name;

-- The responsible persons follow their agreement's fence.
CREATE POLICY supplier ON agreement_person AS RESTRICTIVE TO tradewind_app
    USING (
        (current_setting('app.actor', true) = 'retailer' OR side = 'supplier')
        AND EXISTS (
            SELECT FROM agreement
            WHERE agreement.retailer_id = agreement_person.retailer_id
                AND agreement.agreement_id = agreement_person.agreement_id
        )
    );

-- A supplier may hold an agreement and a policy still (FOR SHARE) and decide by them, but changes neither.
CREATE POLICY changed_by_retailer ON agreement AS RESTRICTIVE FOR UPDATE TO tradewind_app
    USING (true) WITH CHECK (current_setting('app.actor', true) = 'retailer');
CREATE POLICY changed_by_retailer ON policy AS RESTRICTIVE FOR UPDATE TO tradewind_app
    USING (true) WITH CHECK (current_setting('app.actor', true) = 'retailer');

-- A supplier reads and causes only facts that name it.
CREATE POLICY supplier ON event AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer'
        OR NULLIF(current_setting('app.supplier_id', true), '')::uuid = ANY (supplier_ids));

CREATE POLICY supplier_own_claims ON idempotency_claim AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer'
        OR organisation_id = NULLIF(current_setting('app.supplier_id', true), '')::uuid);

-- The platform writes organisations, agreements and keys of every tenant, and reads no tenant's business.
CREATE POLICY platform ON policy TO tradewind_platform USING (true);
CREATE POLICY platform ON agreement TO tradewind_platform USING (true);
CREATE POLICY platform ON agreement_person TO tradewind_platform USING (true);
CREATE POLICY platform ON event FOR INSERT TO tradewind_platform WITH CHECK (true);
CREATE POLICY platform ON log_head TO tradewind_platform USING (true);
CREATE POLICY platform ON idempotency_claim TO tradewind_platform
    USING (retailer_id = '00000000-0000-0000-0000-000000000000');
CREATE POLICY platform ON audit_entry TO tradewind_platform USING (true);

-- Outside a retailer, a supplier's own people keep claims and audit under the zero tenant.
CREATE POLICY supplier_home ON idempotency_claim TO tradewind_app
    USING (retailer_id = '00000000-0000-0000-0000-000000000000'
        AND organisation_id = NULLIF(current_setting('app.supplier_id', true), '')::uuid);
CREATE POLICY supplier_home ON audit_entry TO tradewind_app
    USING (retailer_id = '00000000-0000-0000-0000-000000000000'
        AND organisation_id = NULLIF(current_setting('app.supplier_id', true), '')::uuid);

-- The authenticator checks whether a supplier works with a retailer.
CREATE POLICY auth ON agreement FOR SELECT TO tradewind_auth USING (true);

ALTER TABLE retailer ENABLE ROW LEVEL SECURITY;
ALTER TABLE retailer FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON retailer TO tradewind_platform USING (true);
CREATE POLICY worker ON retailer FOR SELECT TO tradewind_worker USING (true);
CREATE POLICY own ON retailer FOR SELECT TO tradewind_app
    USING (retailer_id = NULLIF(current_setting('app.retailer_id', true), '')::uuid);

ALTER TABLE supplier ENABLE ROW LEVEL SECURITY;
ALTER TABLE supplier FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON supplier TO tradewind_platform USING (true);
CREATE POLICY own ON supplier FOR SELECT TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer'
        OR supplier_id = NULLIF(current_setting('app.supplier_id', true), '')::uuid);

ALTER TABLE person ENABLE ROW LEVEL SECURITY;
ALTER TABLE person FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON person TO tradewind_platform USING (true);

ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE membership FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON membership TO tradewind_platform USING (true);

-- An organisation sees its own people and may hold a membership still while it issues a key, but changes none.
CREATE POLICY own ON membership FOR SELECT TO tradewind_app USING (
    current_setting('app.actor', true) = 'retailer' AND organisation_kind = 'retailer'
        AND organisation_id = NULLIF(current_setting('app.retailer_id', true), '')::uuid
    OR current_setting('app.actor', true) = 'supplier' AND organisation_kind = 'supplier'
        AND organisation_id = NULLIF(current_setting('app.supplier_id', true), '')::uuid
);
CREATE POLICY hold ON membership FOR UPDATE TO tradewind_app USING (true) WITH CHECK (false);
CREATE POLICY own ON person FOR SELECT TO tradewind_app
    USING (EXISTS (SELECT FROM membership WHERE membership.person_id = person.person_id));

ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON api_key TO tradewind_platform USING (true);
CREATE POLICY auth ON api_key TO tradewind_auth USING (true);
CREATE POLICY own ON api_key TO tradewind_app USING (
    current_setting('app.actor', true) = 'retailer' AND organisation_kind = 'retailer'
        AND organisation_id = NULLIF(current_setting('app.retailer_id', true), '')::uuid
    OR current_setting('app.actor', true) = 'supplier' AND organisation_kind = 'supplier'
        AND organisation_id = NULLIF(current_setting('app.supplier_id', true), '')::uuid
);

GRANT SELECT, INSERT, UPDATE ON retailer, supplier, person, membership, agreement, policy, api_key TO tradewind_platform;
GRANT SELECT, INSERT, DELETE ON agreement_person TO tradewind_platform;
GRANT SELECT, INSERT ON idempotency_claim, audit_entry TO tradewind_platform;
GRANT SELECT, INSERT, UPDATE ON log_head TO tradewind_platform;
GRANT INSERT ON event TO tradewind_platform;
GRANT SELECT ON retailer, supplier, agreement, agreement_person, person, membership TO tradewind_app;
GRANT UPDATE (state, version, updated_at) ON agreement TO tradewind_app;
GRANT UPDATE (ended_at) ON membership TO tradewind_app;
GRANT SELECT, UPDATE ON policy TO tradewind_app;
GRANT SELECT, INSERT ON api_key TO tradewind_app;
GRANT UPDATE (revoked_at) ON api_key TO tradewind_app;
GRANT SELECT, INSERT ON idempotency_claim, audit_entry, event TO tradewind_app;
GRANT SELECT, UPDATE ON log_head TO tradewind_app, tradewind_worker;
GRANT SELECT, INSERT ON event TO tradewind_worker;
GRANT SELECT ON api_key, agreement TO tradewind_auth;
GRANT UPDATE (last_used_at) ON api_key TO tradewind_auth;
GRANT SELECT ON retailer TO tradewind_worker;
