import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// Worlds of tenants in a database of their own, reached past all code: as the service's role, and as a superuser who sees what
/// is really there.
struct Attack: Sendable {
    let world: TenancyWorld
    let otherRetailer: RetailerID
    let database: Database
    let superuser: Database
    let tables: [FencedTable]
    /// Tables that the service's role may read at all.
    private let readable: Set<String>

    /// The worlds of this run: made once, since whoever attacks them leaves them as they are.
    static func shared() async throws -> Attack { try await AttackedWorlds.shared.attack() }

    fileprivate static func prepare() async throws -> Attack {
        let (database, address) = try await TestDatabase.cloneWithAddress()
        let name = String(address.split(separator: " ").first { $0.hasPrefix("dbname=") }?.dropFirst("dbname=".count) ?? "")
        let cluster = try await TestCluster.shared.cluster()
        let superuser = Database(DatabaseConfiguration(address: cluster.superuserAddress(database: name)))
        return try await TestMarket.run(on: database) { market in
            var world = try await TenancyWorld.open(in: market)
            try await world.addRetailer()
            try await world.addRival()
            let readable = try await database.administer { tx in
                try tx.query(
                    """
                    SELECT relname::text FROM pg_class
                    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                        AND has_any_column_privilege('tradewind_app', oid, 'SELECT')
                    """, { row in try row.next(String.self) })
            }
            return Attack(
                world: world, otherRetailer: try #require(world.other?.retailer), database: database, superuser: superuser,
                tables: try await FencedTable.all(in: database), readable: Set(readable))
        }
    }

    /// Every table has rows of both retailers: an empty one would prove nothing.
    func expectFurnished() async throws {
        var empty: [String] = []
        for table in tables {
            for retailer in [world.town.retailer, otherRetailer] {
                let count = try await count(table, "retailer_id = R", Scope.retailer(retailer).places)
                if count == 0 { empty.append(table.name) }
            }
        }
        #expect(empty == [])
    }

    /// Sessions that name no retailer, or one that there is not.
    var blind: [Session] {
        let nobody = Identifier(high: 1, low: 1)
        let supplier = Session.Setting("app.supplier_id", id: nobody)
        return [
            Session(role: "tradewind_app"),
            Session(role: "tradewind_app", settings: [.init("app.actor", word: "retailer")]),
            Session(role: "tradewind_app", settings: [.init("app.actor", word: "retailer"), .init("app.retailer_id", word: "")]),
            Session(
                role: "tradewind_app", settings: [.init("app.actor", word: "retailer"), .init("app.retailer_id", id: nobody)]),
            Session(role: "tradewind_app", settings: [.init("app.actor", word: "supplier"), .init("app.retailer_id", word: "")]),
            Session(role: "tradewind_app", settings: [.init("app.actor", word: "supplier"), supplier]),
            Session(
                role: "tradewind_app",
                settings: [.init("app.actor", word: "supplier"), supplier, .init("app.retailer_id", id: nobody)]),
        ]
    }

    /// Sessions that name the first retailer, and nobody, or nobody real, who acts.
    var halfBlind: [Session] {
        let retailer = Session.Setting("app.retailer_id", id: world.town.retailer.value)
        let asSupplier = Session.Setting("app.actor", word: "supplier")
        return [
            Session(role: "tradewind_app", settings: [retailer]),
            Session(role: "tradewind_app", settings: [retailer, .init("app.actor", word: "")]),
            Session(role: "tradewind_app", settings: [retailer, .init("app.actor", word: "king")]),
            Session(role: "tradewind_app", settings: [retailer, asSupplier]),
            Session(role: "tradewind_app", settings: [retailer, asSupplier, .init("app.supplier_id", word: "")]),
            Session(
                role: "tradewind_app",
                settings: [retailer, asSupplier, .init("app.supplier_id", id: Identifier(high: 1, low: 1))]),
        ]
    }

    /// Holds what a session reads of every table against what is there; how many tables were compared.
    func expect(
        _ session: Session, sees condition: (FencedTable) -> String, at places: [String: String]
    ) async throws -> Int {
        let seen = tables.filter { readable.contains($0.name) }
        let names = seen.map(\.name)
        let counts = try await database.read(as: session) { tx in
            try names.map { name in
                try tx.one(SQL(stringLiteral: "SELECT count(*) FROM \(name)")) { row in try row.next(Int64.self) }
            }
        }
        for (table, count) in zip(seen, counts) {
            let there = try await self.count(table, condition(table), places)
            #expect(count == there, "\(table.name) as \(session)")
        }
        return seen.count
    }

    /// Rows that are really there.
    func count(_ table: FencedTable, _ condition: String, _ places: [String: String]) async throws -> Int64 {
        let text = condition.split(separator: " ", omittingEmptySubsequences: false)
            .map { word in places.reduce(String(word)) { Self.replace($1.key, in: $0, by: $1.value) } }.joined(separator: " ")
        return try await superuser.administer { tx in
            try tx.script("CREATE TEMPORARY TABLE sight ON COMMIT DROP AS SELECT FROM \(table.name) WHERE \(text)")
            return try tx.one("SELECT count(*) FROM sight") { row in try row.next() }
        }
    }

    private static func replace(_ letter: String, in word: String, by value: String) -> String {
        switch word {
        case letter: value
        case "(\(letter)": "(\(value)"
        case "\(letter))": "\(value))"
        case "(\(letter),": "(\(value),"
        default: word
        }
    }

    /// Rows that a statement touches before it is undone; none where it is refused.
    func touched(by statement: String, as scope: Scope) async throws -> Int64 {
        do {
            return try await database.transaction(as: scope) { tx in
                let touched = try tx.execute(SQL(stringLiteral: statement))
                throw Undone(rows: Int64(touched))
            }
        } catch let undone as Undone {
            return undone.rows
        } catch is DatabaseError {
            return 0
        }
    }

    private struct Undone: Error {
        let rows: Int64
    }
}

private actor AttackedWorlds {
    static let shared = AttackedWorlds()

    private var preparing: Task<Attack, any Error>?

    func attack() async throws -> Attack {
        if let preparing { return try await preparing.value }
        let task = Task { try await Attack.prepare() }
        preparing = task
        return try await task.value
    }
}
