package import Kernel

/// The clock that holds are compared with: the database's, read after the locks. A test puts its own in its place.
package struct LedgerClock: Sendable {
    let reading: @Sendable (Instant) -> Instant

    package init(_ reading: @escaping @Sendable (Instant) -> Instant) { self.reading = reading }

    package static let database = LedgerClock { $0 }
}
