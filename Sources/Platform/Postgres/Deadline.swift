/// Until when the work at hand is of use to anybody. Set around a request; every unit of work inside follows it: none
/// begins after it, no statement of one does, and none runs on for longer than was left when the unit began.
package enum Deadline {
    @TaskLocal package static var current: ContinuousClock.Instant?

    /// Until when to wait for something: so long, and not so long that less than `spareMillis` is left for what follows.
    package static func wait(millisMax: Int64, sparing spareMillis: Int64 = 0) -> ContinuousClock.Instant {
        let patience = ContinuousClock.now + .milliseconds(millisMax)
        return current.map { min($0 - .milliseconds(spareMillis), patience) } ?? patience
    }
}

/// The time that a unit of work has.
struct UnitDeadline: Sendable {
    let instant: ContinuousClock.Instant?
    /// What a statement may take in any case.
    let statementMillisMax: Int

    /// What is left, at least a millisecond; nil where the statements' own timeout comes first. Throws where nothing is.
    func millisLeft() throws(DatabaseError) -> Int? {
        guard let instant else { return nil }
        let left = instant - .now
        guard left > .zero else { throw Self.passed }
        let millis = max(1, Int(left / .milliseconds(1)))
        return millis < statementMillisMax ? millis : nil
    }

    func check() throws(DatabaseError) {
        guard let instant else { return }
        guard ContinuousClock.now < instant else { throw Self.passed }
    }

    /// As PostgreSQL says it of a statement that took too long.
    private static let passed = DatabaseError.server(
        ServerError(state: .queryCanceled, message: "the deadline of the request has passed"))
}
