-- works with: 0019
-- What is told of budgets and wallets while money moves, and budgets that may be extended. Locks: ACCESS EXCLUSIVE for a moment
-- on `account` and on `campaign_version`; no row is rewritten. A program before this one leaves `put_in` as it is and does not
-- tell; it resumes what this one pauses for an empty budget, which then is paused again, until every node is new.

-- What launches and extensions put into a campaign's account. 0: of other accounts, and of campaigns that were launched before;
-- then `campaign_funding.budget_amount` says it, which cannot change without an extension.
ALTER TABLE account ADD COLUMN put_in bigint NOT NULL DEFAULT 0 CHECK (put_in >= 0);
-- Below which available balance of a wallet its owner is told.
ALTER TABLE account ADD COLUMN low_balance bigint CHECK (low_balance IS NULL OR low_balance > 0 AND kind = 'wallet');

-- How far the budget may grow while the campaign runs; the step is what the service adds by itself.
ALTER TABLE campaign_version ADD COLUMN extension_limit bigint CHECK (extension_limit BETWEEN 1 AND 1000000000000000);
ALTER TABLE campaign_version ADD COLUMN extension_step bigint CHECK (extension_step BETWEEN 1 AND extension_limit);
