import Audiences
import EventLog
import Kernel
import Parties
import Postgres
import ServiceLifecycle
import Tenancy
import Webhooks

/// Keeps the audience indexes of this node current: looks soon after somebody wrote on this node, and twice a second in any
/// case, since others write on other nodes.
struct AudienceIndexService: Service {
    static let restMillis: Int64 = 500
    /// After a write there are often more: so long all of them are waited for.
    static let gatherMillis: Int64 = 100

    let indexes: AudienceIndexes
    let hint: LogHint

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await hint.withListener { listener in
                await indexes.run {
                    let woken = await listener.sleep(atMost: .milliseconds(Self.restMillis))
                    if !woken.isEmpty { try? await Task.sleep(for: .milliseconds(Self.gatherMillis)) }
                }
            }
        }
    }
}

/// Removes changes of profiles that are so old that whoever has not seen them begins anew.
package struct ProfileChangePruner: Sendable {
    static let keptSeconds: Int64 = 24 * 3_600
    static let rowsMax = 10_000
    static let secondsBetween: Int64 = 600

    let database: Database

    /// All retailers, a batch at a time.
    package func prune() async throws {
        try await database.forEachRetailer { retailer in
            var removed = Self.rowsMax
            while removed == Self.rowsMax {
                removed = try await database.transaction(as: .worker(retailer)) { tx in
                    try tx.removeProfileChanges(of: retailer, olderThanSeconds: Self.keptSeconds, rowsMax: Self.rowsMax)
                }
            }
        }
    }
}
