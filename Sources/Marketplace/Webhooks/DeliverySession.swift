import Kernel
import Postgres
import Tenancy

extension Scope {
    /// Of delivery's own transactions: what a crash of PostgreSQL forgets of them is sent again, and the disk is waited for by
    /// nobody's message.
    static func delivering(_ retailer: RetailerID) -> Session { Scope.worker(retailer).session.committingLazily }
}
