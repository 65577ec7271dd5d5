import EventLog
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport

extension TestMarket {
    /// Somebody of the retailer's who writes without HTTP.
    func author(of retailer: RetailerID) -> Author {
        Author(
            principal: Principal(key: platform.id, person: nil, organisation: .retailer(retailer, [.admin])),
            scope: .retailer(retailer), requestID: "test", world: clock.world)
    }

    func events(of retailer: RetailerID) async throws -> [LoggedEvent] {
        try await load(retailer) { tx, _ in try tx.events(of: retailer, after: 0, limit: 100) }
    }

    /// Rows of this retailer that still name one of these ids, wherever the schema keeps text of shoppers.
    func traces(of ids: String..., at retailer: RetailerID) async throws -> Int {
        try await load(retailer) { tx, _ in
            try tx.one(
                """
                SELECT (SELECT count(*) FROM shopper_card WHERE retailer_id = \(retailer) AND shopper_id = ANY(\(ids)))
                    + (
                        SELECT count(*) FROM audit_entry
                        CROSS JOIN unnest(\(ids)) AS given (id)
                        WHERE retailer_id = \(retailer)
                            AND (subject_id = given.id OR concat(before, after) LIKE '%"' || given.id || '"%')
                    )
                    + (
                        SELECT count(*) FROM event
                        CROSS JOIN unnest(\(ids)) AS given (id)
                        WHERE retailer_id = \(retailer)
                            AND (subject_id = given.id OR data::text LIKE '%"' || given.id || '"%')
                    )
                """
            ) { row in try row.next() }
        }
    }
}
