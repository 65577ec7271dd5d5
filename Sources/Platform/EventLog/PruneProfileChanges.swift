package import Kernel
package import Postgres

extension Transaction {
    /// Removes the oldest changes of profiles that were noted so long ago by PostgreSQL's clock, at most so many; returns how
    /// many went. The floor rises with them, so that whoever had not seen them knows.
    package func removeProfileChanges(of retailer: RetailerID, olderThanSeconds age: Int64, rowsMax: Int) throws -> Int {
        try one(
            """
            WITH old AS (
                SELECT xid, change_id, changed_at
                FROM profile_change
                WHERE retailer_id = \(retailer)
                ORDER BY xid, change_id
                LIMIT \(rowsMax)
            ), removed AS (
                DELETE FROM profile_change
                USING old
                WHERE profile_change.retailer_id = \(retailer) AND profile_change.xid = old.xid
                    AND profile_change.change_id = old.change_id AND old.changed_at < clock_timestamp() - \(age) * interval '1 second'
                RETURNING profile_change.xid
            ), floor AS (
                INSERT INTO profile_change_floor (retailer_id, removed_below)
                SELECT \(retailer), (max(xid::text::numeric) + 1)::text::xid8 FROM removed HAVING count(*) > 0
                ON CONFLICT (retailer_id) DO UPDATE
                    SET removed_below = greatest(profile_change_floor.removed_below, excluded.removed_below)
            )
            SELECT count(*) FROM removed
            """
        ) { row in try row.next(Int.self) }
    }
}
