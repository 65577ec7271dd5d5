-- works with: 0027
-- The fences between suppliers, said so that the planner counts right: `a = b OR supplier_id = c` about settings it takes for one
-- row in a hundred, and joins in loops what it takes for that few; a CASE it takes for one in two. They let through what they
-- did. Additive. Locks: ACCESS EXCLUSIVE for a moment on each table with a supplier's fence.

DO $$
DECLARE
    fence record;
BEGIN
    FOR fence IN
        SELECT tablename
        FROM pg_policies
        WHERE schemaname = 'public' AND policyname = 'supplier'
            AND replace(qual, '::text', '') = '((current_setting(''app.actor'', true) = ''retailer'') OR '
                || '(supplier_id = (NULLIF(current_setting(''app.supplier_id'', true), ''''))::uuid))'
        ORDER BY tablename
    LOOP
        EXECUTE format(
            'ALTER POLICY supplier ON %I USING (CASE WHEN current_setting(''app.actor'', true) = ''retailer'' THEN true '
            'ELSE supplier_id = NULLIF(current_setting(''app.supplier_id'', true), '''')::uuid END)', fence.tablename);
    END LOOP;
END $$;

ALTER POLICY supplier ON event
    USING (CASE WHEN current_setting('app.actor', true) = 'retailer' THEN true
        ELSE NULLIF(current_setting('app.supplier_id', true), '')::uuid = ANY (supplier_ids) END);
ALTER POLICY supplier_own_claims ON idempotency_claim
    USING (CASE WHEN current_setting('app.actor', true) = 'retailer' THEN true
        ELSE organisation_id = NULLIF(current_setting('app.supplier_id', true), '')::uuid END);
ALTER POLICY supplier ON redemption_share
    USING (CASE WHEN current_setting('app.actor', true) = 'retailer' THEN true
        ELSE EXISTS (
            SELECT FROM account
            WHERE account.retailer_id = redemption_share.retailer_id AND account.account_id = redemption_share.account_id
        ) END);
ALTER POLICY supplier ON redemption_return
    USING (CASE WHEN current_setting('app.actor', true) = 'retailer' THEN true
        ELSE EXISTS (
            SELECT FROM account
            WHERE account.retailer_id = redemption_return.retailer_id AND account.account_id = redemption_return.account_id
        ) END);
ALTER POLICY supplier ON audience_version
    USING (CASE WHEN current_setting('app.actor', true) = 'retailer' THEN true
        ELSE EXISTS (
            SELECT FROM audience
            WHERE audience.retailer_id = audience_version.retailer_id AND audience.audience_id = audience_version.audience_id
        ) END);

CREATE OR REPLACE FUNCTION fence_supplier(target text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE POLICY supplier ON %I AS RESTRICTIVE TO tradewind_app '
        'USING (CASE WHEN current_setting(''app.actor'', true) = ''retailer'' THEN true '
        'ELSE supplier_id = NULLIF(current_setting(''app.supplier_id'', true), '''')::uuid END)', target);
END $$;
