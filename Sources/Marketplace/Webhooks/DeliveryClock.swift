package import Kernel
package import Postgres

/// The time by which deliveries are due: the database's, which all nodes share. Tests let it run ahead.
package struct DeliveryClock: Sendable {
    private let aheadSeconds: @Sendable () -> Int64

    package static let database = DeliveryClock { 0 }

    package init(aheadSeconds: @escaping @Sendable () -> Int64) { self.aheadSeconds = aheadSeconds }

    package func now(_ tx: borrowing Transaction) throws -> Instant {
        let now = try tx.one("SELECT clock_timestamp()") { row in try row.next(Instant.self) }
        return now.adding(seconds: aheadSeconds())
    }
}
