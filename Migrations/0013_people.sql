-- Invitations, sessions, rotation of keys, auditors, the one bootstrap, and an audit that is found by person, by supplier
-- and by request (docs/parties.md). New tables, columns without a default and indexes on tables that were never released:
-- no locks that matter.

-- Somebody is asked to work for an organisation. The token is shown once and stored as a hash.
CREATE TABLE invitation (
    invitation_id uuid PRIMARY KEY,
    organisation_kind text NOT NULL CHECK (organisation_kind IN ('platform', 'retailer', 'supplier')),
    organisation_id uuid NOT NULL,
    display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 200),
    roles text[] NOT NULL CHECK (cardinality(roles) BETWEEN 1 AND 16),
    person_id uuid REFERENCES person,
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_at timestamptz NOT NULL,
    created_by_person uuid NOT NULL REFERENCES person,
    created_by_key uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    accepted_at timestamptz,
    accepted_by uuid REFERENCES person,
    CONSTRAINT invitation_ends_once CHECK (revoked_at IS NULL OR accepted_at IS NULL),
    CONSTRAINT invitation_accepted_by CHECK ((accepted_at IS NULL) = (accepted_by IS NULL))
);
CREATE INDEX invitation_by_organisation ON invitation (organisation_kind, organisation_id, invitation_id);

-- A person at work in a browser: a short life, by the grace of one key, and of no more than its roles.
CREATE TABLE session (
    session_id uuid PRIMARY KEY,
    key_id uuid NOT NULL REFERENCES api_key,
    organisation_kind text NOT NULL CHECK (organisation_kind IN ('platform', 'retailer', 'supplier')),
    organisation_id uuid NOT NULL,
    person_id uuid NOT NULL REFERENCES person,
    roles text[] NOT NULL CHECK (cardinality(roles) BETWEEN 1 AND 16),
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX session_by_organisation ON session (organisation_kind, organisation_id, session_id);
CREATE INDEX session_by_key ON session (key_id);

-- The key that took this one's place.
ALTER TABLE api_key ADD COLUMN replaced_by uuid;

-- Both sides of an agreement let somebody from outside look at its statements and the receipt lines behind them.
CREATE TABLE auditor_grant (
    retailer_id uuid NOT NULL,
    auditor_grant_id uuid NOT NULL,
    agreement_id uuid NOT NULL,
    supplier_id uuid NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    retailer_person uuid REFERENCES person,
    retailer_granted_at timestamptz,
    supplier_person uuid REFERENCES person,
    supplier_granted_at timestamptz,
    key_id uuid REFERENCES api_key,
    revoked_at timestamptz,
    PRIMARY KEY (retailer_id, auditor_grant_id),
    FOREIGN KEY (retailer_id, agreement_id, supplier_id) REFERENCES agreement (retailer_id, agreement_id, supplier_id),
    CONSTRAINT auditor_grant_by_both CHECK (
        key_id IS NULL OR (retailer_granted_at IS NOT NULL AND supplier_granted_at IS NOT NULL)),
    CONSTRAINT auditor_grant_two_persons CHECK (retailer_person <> supplier_person)
);
CREATE UNIQUE INDEX auditor_grant_by_id ON auditor_grant (auditor_grant_id);

-- An auditor's key belongs to its grant.
ALTER TABLE api_key DROP CONSTRAINT api_key_organisation_kind_check;
ALTER TABLE api_key ADD CONSTRAINT api_key_organisation_kind_check
    CHECK (organisation_kind IN ('platform', 'retailer', 'supplier', 'auditor'));

-- The platform's first key was made: at most one row.
CREATE TABLE bootstrap (
    is_done boolean PRIMARY KEY DEFAULT true CHECK (is_done),
    key_id uuid NOT NULL REFERENCES api_key,
    done_at timestamptz NOT NULL,
    recovered_at timestamptz
);

ALTER TABLE audit_entry ADD COLUMN session_id uuid;
CREATE INDEX audit_entry_by_person ON audit_entry (retailer_id, person_id, entry_id);
CREATE INDEX audit_entry_by_supplier ON audit_entry (retailer_id, supplier_id, entry_id);
CREATE INDEX audit_entry_by_request ON audit_entry (request_id);

SELECT fence_tenant('auditor_grant');
SELECT fence_supplier('auditor_grant');
CREATE POLICY auth ON auditor_grant FOR SELECT TO tradewind_auth USING (true);

DO $$
DECLARE
    target text;
BEGIN
    FOREACH target IN ARRAY ARRAY['invitation', 'session'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('CREATE POLICY platform ON %I TO tradewind_platform USING (true)', target);
        EXECUTE format(
            'CREATE POLICY own ON %I TO tradewind_app USING ('
            'current_setting(''app.actor'', true) = ''retailer'' AND organisation_kind = ''retailer'' '
            'AND organisation_id = NULLIF(current_setting(''app.retailer_id'', true), '''')::uuid '
            'OR current_setting(''app.actor'', true) = ''supplier'' AND organisation_kind = ''supplier'' '
            'AND organisation_id = NULLIF(current_setting(''app.supplier_id'', true), '''')::uuid)', target);
    END LOOP;
END $$;
CREATE POLICY auth ON session FOR SELECT TO tradewind_auth USING (true);

ALTER TABLE bootstrap ENABLE ROW LEVEL SECURITY;
ALTER TABLE bootstrap FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON bootstrap TO tradewind_platform USING (true);

-- The keys of a retailer's auditors, and of a supplier's: only the retailer makes one.
CREATE POLICY auditors ON api_key TO tradewind_app
    USING (organisation_kind = 'auditor' AND EXISTS (
        SELECT FROM auditor_grant WHERE auditor_grant.auditor_grant_id = api_key.organisation_id))
    WITH CHECK (organisation_kind = 'auditor' AND EXISTS (
        SELECT FROM auditor_grant WHERE auditor_grant.auditor_grant_id = api_key.organisation_id));
CREATE POLICY auditors_made_by_retailer ON api_key AS RESTRICTIVE FOR INSERT TO tradewind_app
    WITH CHECK (organisation_kind <> 'auditor' OR current_setting('app.actor', true) = 'retailer');

-- A supplier's admin also sees what the platform did to its people and keys.
CREATE POLICY supplier_home_read ON audit_entry FOR SELECT TO tradewind_app
    USING (retailer_id = '00000000-0000-0000-0000-000000000000'
        AND NULLIF(current_setting('app.retailer_id', true), '') IS NULL
        AND supplier_id = NULLIF(current_setting('app.supplier_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE ON invitation, session, bootstrap TO tradewind_platform;
GRANT DELETE ON session TO tradewind_platform, tradewind_app;
GRANT SELECT, INSERT ON invitation, session, auditor_grant TO tradewind_app;
GRANT UPDATE (revoked_at) ON invitation, session TO tradewind_app;
GRANT UPDATE (retailer_person, retailer_granted_at, supplier_person, supplier_granted_at, key_id, revoked_at)
    ON auditor_grant TO tradewind_app;
GRANT UPDATE (expires_at, replaced_by) ON api_key TO tradewind_app;
GRANT SELECT ON session, auditor_grant TO tradewind_auth;
