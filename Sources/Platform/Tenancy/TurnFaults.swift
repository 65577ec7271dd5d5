/// What failed while work took its turns. One turn that fails keeps no other from its own: what failed is thrown when all
/// have had theirs.
package struct TurnFaults: Error, CustomStringConvertible {
    /// Told of at most; the rest is counted.
    static let toldMax = 5

    private(set) var told: [String] = []
    private(set) var count = 0

    package init() {}

    package var description: String {
        let more = count > told.count ? ["and \(count - told.count) more"] : []
        return (told + more).joined(separator: "; ")
    }

    /// One turn; `name` says whose. False where the work failed. A cancelled task ends at once.
    @discardableResult
    package mutating func collect(
        of name: some CustomStringConvertible, _ work: () async throws -> Void
    ) async throws -> Bool {
        do {
            try await work()
            return true
        } catch let error as CancellationError {
            throw error
        } catch let others as TurnFaults {
            count += others.count
            told += others.told.prefix(max(0, Self.toldMax - told.count))
        } catch {
            count += 1
            if told.count < Self.toldMax { told.append("\(name): \(error)") }
        }
        return false
    }

    package func check() throws(TurnFaults) {
        if count > 0 { throw self }
    }
}
