-- works with: 0020
-- Corrections of transfers by two persons. Locks: SHARE ROW EXCLUSIVE on `wallet` and `transfer` for a moment (foreign keys), and
-- ACCESS EXCLUSIVE on `top_up`, a table of a few rows, while its unique index is built anew. A program before this one reads
-- none of it; it keeps a bank line that was freed.

CREATE TABLE correction (
    retailer_id uuid NOT NULL,
    correction_id uuid NOT NULL,
    wallet_id uuid NOT NULL,
    -- Whose wallet it is; null: the retailer's own.
    supplier_id uuid REFERENCES supplier,
    -- The transfer that was wrong.
    corrected_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('requested', 'posted', 'rejected')),
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    requested_by_person uuid NOT NULL,
    requested_by_key uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_by_person uuid,
    decided_by_key uuid,
    decided_at timestamptz,
    rejection text,
    transfer_id uuid,
    PRIMARY KEY (retailer_id, correction_id),
    FOREIGN KEY (retailer_id, wallet_id) REFERENCES wallet,
    FOREIGN KEY (retailer_id, corrected_id) REFERENCES transfer,
    FOREIGN KEY (retailer_id, transfer_id) REFERENCES transfer,
    CHECK ((state = 'requested') = (decided_by_person IS NULL)),
    CHECK ((state = 'posted') = (transfer_id IS NOT NULL)),
    CHECK ((state = 'rejected') = (rejection IS NOT NULL)),
    CONSTRAINT correction_two_persons CHECK (state <> 'posted' OR decided_by_person <> requested_by_person)
);
-- A transfer is asked about once at a time, and undone once.
CREATE UNIQUE INDEX correction_once ON correction (retailer_id, corrected_id) WHERE state <> 'rejected';
CREATE UNIQUE INDEX correction_by_transfer ON correction (retailer_id, transfer_id) WHERE transfer_id IS NOT NULL;

SELECT fence_tenant('correction');
SELECT fence_supplier('correction');
SELECT fence_writes('correction');
GRANT SELECT, INSERT, UPDATE ON correction TO tradewind_app;

-- A top-up that was undone as a whole lets go of its bank line.
ALTER TABLE top_up ADD COLUMN is_undone boolean NOT NULL DEFAULT false;
ALTER TABLE top_up DROP CONSTRAINT top_up_bank_line_once;
CREATE UNIQUE INDEX top_up_bank_line_once ON top_up (retailer_id, bank_id) WHERE NOT is_undone;
