import Audiences
package import Kernel
package import Postgres
package import Sealing
import Webhooks

/// All secrets that the database keeps, of every capability, as whoever holds the master keys sees them.
package struct KeptSecrets: Sendable {
    private let stores: [any SealedStore]

    package enum Fault: Error, CustomStringConvertible {
        case sealedWithAnother([String: Int64], given: String)

        package var description: String {
            switch self {
            case .sealedWithAnother(let counts, let given):
                "\(counts.values.reduce(0, +)) secrets in the database are sealed with another master key "
                    + "(\(counts.keys.sorted().joined(separator: ", "))) than this program was given (\(given)): set "
                    + "TRADEWIND_SECRET_KEY to the key that was in use, or, where the key is being changed, set that one as "
                    + "TRADEWIND_SECRET_KEY_PREVIOUS (docs/secrets.md)"
            }
        }
    }

    package init(_ database: Database, _ world: OutsideWorld) {
        self.init([
            EndpointSecrets(.secrets, database, world), EndpointSecrets(.seals, database, world),
            ServerSecrets(database, world),
        ])
    }

    package init(_ stores: [any SealedStore]) { self.stores = stores }

    package func censuses() async throws -> [SealCensus] {
        var all: [SealCensus] = []
        for store in stores { all.append(try await store.census()) }
        return all
    }

    /// Throws where something is sealed with a key that is not in the box: a node would find out when it has to sign.
    package func check(_ box: SecretBox) async throws -> SealCensus.Standing {
        let standing = try await censuses().map { $0.standing(before: box) }.reduce(SealCensus.Standing(), +)
        guard standing.unknown.isEmpty else { throw Fault.sealedWithAnother(standing.unknown, given: box.keyID) }
        return standing
    }

    /// Seals anew with the box's key what its previous key sealed or what stands in the clear. Each batch is a transaction of
    /// its own, so it may be broken off and run again. `report` hears how many are done. What does not open is left as it is
    /// and named in the end.
    package func rotate(to box: SecretBox, report: (Int) -> Void = { _ in }) async throws -> ResealedBatch {
        var (done, damaged) = (0, Set<String>())
        for store in stores {
            while true {
                let batch = try await store.reseal(box, passing: damaged)
                if batch.isLast { break }
                done += batch.count
                damaged.formUnion(batch.damaged)
                if batch.count > 0 { report(done) }
            }
        }
        return ResealedBatch(count: done, damaged: damaged.sorted())
    }
}
