import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport

/// A bearer token and what stands behind it, as the matrix has it.
struct Caller: Sendable {
    /// How the key stands to the things that a request names.
    enum Standing: String, Sendable, CaseIterable {
        case own
        case otherRetailer = "other retailer's"
        /// A supplier that has no agreement there.
        case otherSupplier = "other supplier's"
        /// A supplier at the same retailer.
        case rival = "rival supplier's"
        case revoked, expired
        case wrongEnvironment = "wrong environment"
    }

    /// As the contract has it: `retailer.till`.
    let role: String
    let standing: Standing
    let token: String

    var name: String { "\(role) (\(standing.rawValue))" }
    var isSpoiled: Bool { [.revoked, .expired, .wrongEnvironment].contains(standing) }
    /// Names a supplier's things: an auditor looks at one's.
    var isSupplier: Bool { role.hasPrefix("supplier.") || role == "auditor" }

    static func all(
        of organisation: Organisation, _ standing: Standing, in market: TestMarket
    ) async throws -> [Caller] {
        var callers: [Caller] = []
        for (role, one) in organisation.single {
            let key = try await market.key(one)
            callers.append(Caller(role: role, standing: standing, token: try await spoil(key, standing, in: market)))
        }
        return callers
    }

    private static func spoil(_ key: KeyToken, _ standing: Standing, in market: TestMarket) async throws -> String {
        let (id, now) = (key.id, market.clock.now)
        let spoiling: SQL? =
            switch standing {
            case .revoked: "UPDATE api_key SET revoked_at = \(now) WHERE key_id = \(id)"
            case .expired: "UPDATE api_key SET expires_at = \(now) WHERE key_id = \(id)"
            default: nil
            }
        if let spoiling {
            _ = try await market.database.transaction(as: .platform) { tx in try tx.execute(spoiling) }
        }
        return standing == .wrongEnvironment ? "tw_live_" + key.text.dropFirst("tw_test_".count) : key.text
    }
}

extension Organisation {
    /// Each role of its kind alone, by the contract's name.
    fileprivate var single: [(String, Organisation)] {
        switch self {
        case .platform: [("platform.admin", .platform)]
        case .retailer(let id, _): RetailerRole.allCases.map { ("retailer.\($0.rawValue)", .retailer(id, [$0])) }
        case .supplier(let id, _): SupplierRole.allCases.map { ("supplier.\($0.rawValue)", .supplier(id, [$0])) }
        case .auditor: [("auditor", self)]
        }
    }
}

extension Contract.Operation {
    /// Lists that want to know from when.
    private static let queries = ["listReceipts": "?from=2026-03-02&to=2026-03-09"]

    /// Calls it at the things that `ids` names, with the contract's example as body.
    func call(as token: String?, at ids: [String: String], in market: TestMarket) async throws -> TestClient.Reply {
        var headers = [("Idempotency-Key", "matrix-\(market.clock.world.random())"), ("If-Match", "*")]
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if let type = mediaTypes.first { headers.append(("Content-Type", type)) }
        return try await market.client.send(
            HTTPRequest.Method(method)!, filled(with: ids) + (Self.queries[id] ?? ""), headers: headers, body: body)
    }

    /// Bodies that are whole, where the contract shows none.
    private static let bodies: [String: JSONValue] = [
        "pauseCampaign": ["reason": "test"], "resumeCampaign": ["reason": "test"], "stopCampaign": ["reason": "test"],
        "cancelCampaign": ["reason": "test"],
    ]

    var body: [UInt8] {
        switch mediaTypes.first {
        case nil: []
        case "application/json": (example ?? Self.bodies[id] ?? [:]).jsonBytes
        default: Array("{}\n".utf8)
        }
    }

    func filled(with ids: [String: String]) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.hasPrefix("{") ? ids[String(part.dropFirst().dropLast())] ?? "unknown" : String(part)
        }.joined(separator: "/")
    }

    /// The names of its path's parameters.
    var parameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
}
