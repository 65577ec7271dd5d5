-- works with: 0030
-- What each wallet's account keeps of a held discount where others took over what one could not pay (policy `others_take_over`,
-- docs/decisions/0032-campaigns-in-motion.md). New table: no locks that matter. A program before this one knows
-- no such parts: set the policy when every node is new.

CREATE TABLE held_share (
    retailer_id uuid NOT NULL,
    quote_id uuid NOT NULL,
    line_no int NOT NULL,
    campaign_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- Before the fee.
    discount_amount bigint NOT NULL CHECK (discount_amount > 0),
    PRIMARY KEY (retailer_id, quote_id, line_no, campaign_id, account_id),
    FOREIGN KEY (retailer_id, quote_id, line_no, campaign_id) REFERENCES held_discount,
    FOREIGN KEY (retailer_id, account_id) REFERENCES account
);
SELECT fence_tenant('held_share');
CREATE POLICY no_supplier ON held_share AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
GRANT SELECT, INSERT ON held_share TO tradewind_app;
