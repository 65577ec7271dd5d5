import Kernel
import Synchronization

/// Which imports are at work on this node, so that one retailer's do not take all places.
final class ImportPlaces: Sendable {
    private let limits: ImportLimits
    private let running = Mutex<[RetailerID: Int]>([:])

    init(_ limits: ImportLimits) { self.limits = limits }

    /// Runs `body` in a place of the retailer's.
    func run<Value>(of retailer: RetailerID, _ body: () async throws -> Value) async throws -> Value {
        try running.withLock { running in
            guard running.values.reduce(0, +) < limits.runningMax, running[retailer, default: 0] < limits.runningOfTenantMax
            else { throw ImportFault.tooManyRunning }
            running[retailer, default: 0] += 1
        }
        defer {
            running.withLock { running in
                let left = running[retailer, default: 1] - 1
                running[retailer] = left > 0 ? left : nil
            }
        }
        return try await body()
    }
}
