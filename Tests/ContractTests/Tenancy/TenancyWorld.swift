import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Receipts
import Tenancy
import TestSupport

/// Two retailers; at the first a supplier and its rival, at the second the same supplier and a third one. The supplier of
/// the first stall and the first retailer are those whose things everybody else tries to reach.
struct TenancyWorld: Sendable {
    let market: TestMarket
    let operations: [Contract.Operation]
    private(set) var town: TenantTown
    private(set) var other: TenantTown?
    /// A supplier with no agreement anywhere.
    let stranger: SupplierID
    private let spareKey: String
    private let sparePerson: String

    /// Runs `body` over a database of its own: where others' workers run they deliver what a town has to tell while somebody
    /// compares what it reads.
    static func run(_ body: (TestMarket) async throws -> Void) async throws {
        let database = try await TestDatabase.clone()
        let result: Result<Void, any Error>
        // All operations are called at once: who may import is in question, not how many may.
        var imports = ImportLimits()
        (imports.runningMax, imports.runningOfTenantMax) = (1_000, 1_000)
        do { result = .success(try await TestMarket.run(on: database, importLimits: imports, body)) } catch {
            result = .failure(error)
        }
        await database.close()
        try result.get()
    }

    /// One retailer with one supplier; `addRetailer` and `addRival` bring the others.
    static func open(in market: TestMarket) async throws -> TenancyWorld {
        var town = try await TenantTown.open(word(market), in: market)
        let supplier = try await makeSupplier(in: market)
        try await town.add(supplier, marker: word(market))
        try await town.deliver()
        return TenancyWorld(
            market: market, operations: try Contract.load().operations, town: town, other: nil,
            stranger: try await makeSupplier(in: market), spareKey: "\(try await market.key(.platform).id)",
            sparePerson: "\(try await market.makePerson())")
    }

    /// Another retailer comes, with the first one's supplier and one of its own.
    mutating func addRetailer() async throws {
        var other = try await TenantTown.open(Self.word(market), in: market)
        try await other.add(own.town.supplier, marker: Self.word(market))
        try await other.add(try await Self.makeSupplier(in: market), marker: Self.word(market))
        try await other.deliver()
        self.other = other
    }

    /// A rival comes to the first retailer.
    mutating func addRival() async throws {
        try await town.add(try await Self.makeSupplier(in: market), marker: Self.word(market))
    }

    /// The stall under attack, and its rival's.
    var own: Stall { town.stalls[0] }
    var rival: Stall { town.stalls[1] }

    /// A word that stands nowhere else: names of things are made of it.
    private static func word(_ market: TestMarket) -> String { "zq" + String(market.clock.world.random(), radix: 36) }

    private static func makeSupplier(in market: TestMarket) async throws -> SupplierID {
        try await market.post("/v1/suppliers", as: market.platform, ["name": .string(word(market))]).id()
    }
}

extension TenancyWorld {
    /// What a supplier's own things are called in paths; a retailer reaches them too, but not `notRetailers`.
    static let suppliersThings: Set = [
        "supplier_id", "agreement_id", "wallet_id", "campaign_id", "audience_id", "statement_id", "redemption_id", "top_up_id",
        "correction_id", "dispute_id", "payment_id", "change_id",
        "endpoint_id", "delivery_id", "auditor_grant_id",
    ]
    private static let notRetailers: Set = [
        "endpoint_id", "delivery_id", "audience_id", "key_id", "person_id", "invitation_id", "session_id",
    ]

    /// Whose things a request names.
    enum Things: Sendable, CaseIterable {
        case suppliers, retailers
    }

    /// The ids of a request at `operation`: of the first stall, or of the retailer as its own people reach it.
    func ids(for operation: Contract.Operation, _ things: Things) -> [String: String] {
        var ids = town.ids.merging(own.ids) { retailers, suppliers in
            things == .suppliers ? suppliers : retailers
        }
        if operation.path.hasPrefix("/v1/suppliers") || operation.path.hasPrefix("/v1/persons") { ids.merge(own.ids) { $1 } }
        if operation.path.hasPrefix("/v1/platform") {
            ids["key_id"] = spareKey
            ids["person_id"] = sparePerson
        }
        return ids
    }

    /// What the retailer's and the platform's people name: the stall's things where they reach them.
    func reachableIDs(for operation: Contract.Operation) -> [String: String] {
        let reached = own.ids.filter { !Self.notRetailers.contains($0.key) }
        return ids(for: operation, .retailers).merging(reached) { $1 }
    }

    /// Persons and keys of the first retailer: who sealed a statement stands in it, whosesoever it is.
    func retailersPeople() async throws -> Set<String> {
        let base = "/v1/retailers/\(town.retailer)"
        let replies = [
            try await market.get("\(base)/persons?limit=200", as: market.platform),
            try await market.get("\(base)/keys?limit=200", as: market.platform),
        ]
        return replies.reduce(into: []) { $0.formUnion(Words($1).telling) }
    }

    /// What a key reads of all that its role may read; by operation.
    func views(as token: String, _ role: String, at ids: (Contract.Operation) -> [String: String]) async throws
        -> [String: TestClient.Reply]
    {
        var seen: [String: TestClient.Reply] = [:]
        for operation in operations where operation.method == "GET" && operation.roles.contains(role) {
            seen[operation.id] = try await operation.call(as: token, at: ids(operation), in: market)
        }
        return seen
    }

    /// What each supplier role reads of a stall.
    func views(of stall: Stall, as callers: [Caller]) async throws -> [String: TestClient.Reply] {
        var all: [String: TestClient.Reply] = [:]
        for caller in callers {
            let ids = town.ids.merging(stall.ids) { $1 }
            for (operation, reply) in try await views(as: caller.token, caller.role, at: { _ in ids }) {
                all["\(operation) by \(caller.role)"] = reply
            }
        }
        return all
    }

    /// What each role of a retailer reads of its town.
    func views(of town: TenantTown, as callers: [Caller]) async throws -> [String: TestClient.Reply] {
        let reached = town.stalls[0].ids.filter { !Self.notRetailers.contains($0.key) }
        let ids = town.ids.merging(reached) { $1 }
        var all: [String: TestClient.Reply] = [:]
        for caller in callers {
            for (operation, reply) in try await views(as: caller.token, caller.role, at: { _ in ids }) {
                all["\(operation) by \(caller.role)"] = reply
            }
        }
        return all
    }
}
