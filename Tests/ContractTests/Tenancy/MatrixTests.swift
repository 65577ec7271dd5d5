import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

/// Every operation of the contract, every role, and every way in which a key may stand to what the request names.
@Suite struct MatrixTests {
    /// What one request must not show, and what it must be answered.
    private struct Cell: Sendable {
        let operation: Contract.Operation
        let caller: Caller
        let ids: [String: String]
        let expected: Expectation
        let foreign: Set<String>
    }

    private enum Expectation: Sendable {
        /// Read by who may read it.
        case shown
        /// Past authentication and roles; what comes of the example is the operation's business.
        case letIn
        case roleRefused
        case notFound
        case unauthenticated
        /// Either the role or the tenant refuses first.
        case kept

        func holds(_ reply: TestClient.Reply) -> Bool {
            let code = reply.json["code"].string
            return switch self {
            case .shown: reply.status == 200
            case .letIn: reply.status < 500 && reply.status != 401 && code != "role_not_allowed" && code != "unauthenticated"
            case .roleRefused: reply.status == 403 && code == "role_not_allowed"
            case .notFound: reply.status == 404
            case .unauthenticated: reply.status == 401 && code == "unauthenticated"
            case .kept: [403, 404].contains(reply.status)
            }
        }
    }

    private struct Tally {
        var (cells, wrong, leaks) = (0, 0, 0)

        /// Makes the requests and judges each answer.
        mutating func run(_ cells: [Cell], in market: TestMarket) async throws {
            let answers = try await inParallel(cells) { cell in
                (cell, try await cell.operation.call(as: cell.caller.token, at: cell.ids, in: market))
            }
            for (cell, reply) in answers {
                self.cells += 1
                let asked = Words(cell.operation.filled(with: cell.ids) + String(decoding: cell.operation.body, as: UTF8.self))
                let leaked = Words(reply).all.intersection(cell.foreign).subtracting(asked.all)
                if !leaked.isEmpty { leaks += 1 }
                if !cell.expected.holds(reply) { wrong += 1 }
                #expect(leaked.isEmpty, "\(cell.operation.id) by \(cell.caller.name): \(reply.status) \(reply.text)")
                #expect(
                    cell.expected.holds(reply),
                    "\(cell.operation.id) by \(cell.caller.name): not \(cell.expected), \(reply.status) \(reply.text)")
            }
        }
    }

    @Test func `every operation lets in whom the contract names, and tells nobody else a byte`() async throws {
        try await TenancyWorld.run { market in
            var world = try await TenancyWorld.open(in: market)
            try await world.addRetailer()
            try await world.addRival()
            let keys = try await Keys(world)
            let guarded = world.operations.filter { !$0.isOpen }
            let (suppliers, retailers) = (try await world.secrets(of: keys.supplier), try await world.secrets(keys.retailer))
            var tally = Tally()

            try await tally.run(reads(guarded, keys, world), in: market)
            // What would be a leak is seen where it is none: the owner reads it.
            let owned = try await world.views(of: world.own, as: keys.supplier)["listWallets by supplier.admin"]
            #expect(owned.map { Words($0).all.isDisjoint(with: suppliers) } == false)
            let before = try await world.views(of: world.own, as: keys.supplier).mapValues(\.text)
            try await tally.run(foreign(guarded, keys, world, suppliers, retailers), in: market)
            try await tally.run(spoiled(guarded, keys, world, suppliers.union(retailers)), in: market)
            let after = try await world.views(of: world.own, as: keys.supplier).mapValues(\.text)
            try await tally.run(writes(guarded, keys, world), in: market)

            for (view, text) in before { #expect(after[view] == text, "somebody else changed \(view)") }
            #expect(suppliers.count > 40 && retailers.count > 60)
            print(
                "Tenancy matrix: \(tally.cells) cells (\(guarded.count) operations, \(keys.count) keys), "
                    + "\(tally.leaks) leaks, \(tally.wrong) wrong answers")
        }
    }

    /// Own keys read their own things.
    private func reads(_ operations: [Contract.Operation], _ keys: Keys, _ world: TenancyWorld) -> [Cell] {
        ownCells(operations.filter { $0.method == "GET" }, keys, world, allowed: .shown)
    }

    /// Own keys write; last, since they end what the others try to reach.
    private func writes(_ operations: [Contract.Operation], _ keys: Keys, _ world: TenancyWorld) -> [Cell] {
        ownCells(operations.filter { $0.method != "GET" }, keys, world, allowed: .letIn)
    }

    private func ownCells(
        _ operations: [Contract.Operation], _ keys: Keys, _ world: TenancyWorld, allowed: Expectation
    ) -> [Cell] {
        operations.flatMap { operation in
            (keys.platform + keys.retailer + keys.supplier).map { caller in
                Cell(
                    operation: operation, caller: caller, ids: world.ownIDs(for: operation, caller),
                    expected: operation.roles.contains(caller.role) ? allowed : .roleRefused, foreign: [])
            }
        }
    }

    /// Keys of others, at the supplier's things and at the retailer's.
    private func foreign(
        _ operations: [Contract.Operation], _ keys: Keys, _ world: TenancyWorld, _ suppliers: Set<String>,
        _ retailers: Set<String>
    ) -> [Cell] {
        operations.flatMap { operation in
            TenancyWorld.Things.allCases.flatMap { things in
                let ids = world.ids(for: operation, things)
                let outside = (keys.otherRetailer + keys.otherSupplier).map { caller in
                    Cell(
                        operation: operation, caller: caller, ids: ids, expected: .kept,
                        foreign: suppliers.union(retailers))
                }
                let rivals = keys.rival.map { caller in
                    Cell(
                        operation: operation, caller: caller, ids: ids, expected: expected(of: operation, by: caller),
                        foreign: suppliers.union(world.retailersOwn))
                }
                return outside + rivals
            }
        }
    }

    private func expected(of operation: Contract.Operation, by rival: Caller) -> Expectation {
        guard operation.roles.contains(rival.role) else { return .roleRefused }
        return TenancyWorld.suppliersThings.isDisjoint(with: operation.parameters) ? .letIn : .notFound
    }

    /// Keys that were right once, or are right elsewhere.
    private func spoiled(
        _ operations: [Contract.Operation], _ keys: Keys, _ world: TenancyWorld, _ foreign: Set<String>
    ) -> [Cell] {
        operations.flatMap { operation in
            keys.spoiled.map { caller in
                Cell(
                    operation: operation, caller: caller,
                    ids: world.ids(for: operation, caller.isSupplier ? .suppliers : .retailers), expected: .unauthenticated,
                    foreign: foreign)
            }
        }
    }
}

/// A key for each role and standing.
private struct Keys: Sendable {
    var (platform, retailer, supplier): ([Caller], [Caller], [Caller]) = ([], [], [])
    var (otherRetailer, otherSupplier, rival, spoiled): ([Caller], [Caller], [Caller], [Caller]) = ([], [], [], [])

    init(_ world: TenancyWorld) async throws {
        let market = world.market
        let (own, rivals) = (world.own.town.supplier, world.rival.town.supplier)
        platform = try await Caller.all(of: .platform, .own, in: market)
        retailer = try await Caller.all(of: .retailer(world.town.retailer, []), .own, in: market)
        supplier = try await Caller.all(of: .supplier(own, []), .own, in: market)
        if let other = world.other?.retailer {
            otherRetailer = try await Caller.all(of: .retailer(other, []), .otherRetailer, in: market)
        }
        otherSupplier = try await Caller.all(of: .supplier(world.stranger, []), .otherSupplier, in: market)
        rival = try await Caller.all(of: .supplier(rivals, []), .rival, in: market)
        for standing in [Caller.Standing.revoked, .expired, .wrongEnvironment] {
            for organisation: Organisation in [.platform, .retailer(world.town.retailer, []), .supplier(own, [])] {
                spoiled += try await Caller.all(of: organisation, standing, in: market)
            }
        }
    }

    var count: Int {
        [platform, retailer, supplier, otherRetailer, otherSupplier, rival, spoiled].reduce(0) { $0 + $1.count }
    }
}

extension TenancyWorld {
    /// Things that the caller itself may read and change: a retailer's marketer has campaigns of its own.
    fileprivate func ownIDs(for operation: Contract.Operation, _ caller: Caller) -> [String: String] {
        if caller.isSupplier { return ids(for: operation, .suppliers) }
        let changesOwn = caller.role == "retailer.marketer" && operation.method != "GET"
        return changesOwn ? ids(for: operation, .retailers) : reachableIDs(for: operation)
    }

    /// All ids and names that the supplier reads of its own, but for the retailer's and those of its people.
    fileprivate func secrets(of callers: [Caller]) async throws -> Set<String> {
        let views = try await views(of: own, as: callers).values
        return try await views.reduce(into: Set(own.ids.values)) { $0.formUnion(Words($1).telling) }
            .union([own.marker]).subtracting(town.ids.values).subtracting([town.marker])
            .subtracting(retailersPeople())
    }

    /// All ids and names that the retailer reads.
    fileprivate func secrets(_ callers: [Caller]) async throws -> Set<String> {
        try await views(of: town, as: callers).values.reduce(into: Set([town.marker])) { $0.formUnion(Words($1).telling) }
            .subtracting([own.ids["supplier_id"] ?? ""])
    }

    /// The retailer's things that none of its suppliers sees.
    fileprivate var retailersOwn: Set<String> {
        let kinds = [
            "wallet_id", "campaign_id", "audience_id", "endpoint_id", "delivery_id", "import_id", "quote_id", "statement_id",
            "key_id", "person_id", "invitation_id", "session_id",
        ]
        return Set(kinds.compactMap { town.ids[$0] })
    }
}
