import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// A retailer for each set, loaded by the documented commands of the built program, and the same files staged apart. Made
/// once for all tests that look at it and do not change it.
actor RealRetailers {
    private static let shared = RealRetailers()

    struct Loaded: Sendable {
        let database: Database
        let files: StagedFiles
        let retailers: [DataSet: RetailerID]
        /// What the program said of each import.
        let answers: [DataSet: [String: String]]
    }

    private var loading: Task<Loaded, any Error>?

    static func loaded() async throws -> Loaded { try await shared.load() }

    /// After all of the data.
    static let clock = Instant("2019-03-20T12:00:00Z")!

    private func load() async throws -> Loaded {
        if let loading { return try await loading.value }
        let task = Task { try await Self.make() }
        loading = task
        return try await task.value
    }

    private static func make() async throws -> Loaded {
        let (database, address) = try await TestDatabase.cloneWithAddress()
        let files = try await StagedFiles.stage(DataSet.allCases, as: "staged")
        return try await TestMarket.run(on: database, clock: TestClock(clock)) { market in
            var retailers: [DataSet: RetailerID] = [:]
            var answers: [DataSet: [String: String]] = [:]
            for set in DataSet.allCases {
                let retailer = try await market.makeRetailer(currency: set.currency, zone: set.zone)
                retailers[set] = retailer
                answers[set] = try await set.importAll(for: retailer, at: address, suppliers: market.suppliers(of: set))
                try await market.addCategories(of: set, to: retailer, files)
                try await market.addTags(of: set, to: retailer, files)
                try await market.addTraits(of: set, to: retailer, files)
            }
            return Loaded(database: database, files: files, retailers: retailers, answers: answers)
        }
    }
}

extension DataSet {
    /// `tradewind import` of everything that the set has, in order; the program's last words of each.
    func importAll(
        for retailer: RetailerID, at address: String, suppliers: [String: SupplierID], from folder: String? = nil
    ) async throws -> [String: String] {
        let kinds = self == .sortOfReal ? ["stores", "products", "receipts"] : ["products", "receipts"]
        var answers: [String: String] = [:]
        for kind in kinds {
            var arguments = [
                "import", kind, folder ?? self.folder, "--layout", rawValue, "--retailer", "\(retailer)", "--database-url",
                address,
            ]
            for (owner, supplier) in suppliers { arguments += ["--supplier", "\(owner)=\(supplier)"] }
            let outcome = try await BuiltProgram.run(arguments)
            try #require(outcome.isSuccess, "\(self) \(kind): \(outcome.output)")
            // The last line, without the import's id.
            let said = outcome.output.split(separator: "\n").last ?? ""
            answers[kind] = said.split(separator: " ").dropFirst().joined(separator: " ")
        }
        return answers
    }
}

extension TestMarket {
    /// Complete Journey's manufacturers of whom the tests speak; X5's vendors are no suppliers.
    fileprivate func suppliers(of set: DataSet) async throws -> [String: SupplierID] {
        guard set == .completeJourney else { return [:] }
        return ["317": try await makeSupplier(), "103": try await makeSupplier()]
    }

    /// What lies in what: the products named the lowest category only.
    fileprivate func addCategories(of set: DataSet, to retailer: RetailerID, _ files: StagedFiles) async throws {
        let feed = try await key(of: retailer, .feed)
        let path = "/v1/retailers/\(retailer)/categories"
        let order: SQL = set == .completeJourney ? "ARRAY[1, 2]" : "ARRAY[4, 3, 2, 1]"
        let pairs = try await files.ask(
            set,
            """
            SELECT DISTINCT place, product.categories[place], product.categories[parent]
            FROM product
            CROSS JOIN LATERAL (
                SELECT levels.place, lag(levels.place) OVER (ORDER BY levels.step) AS parent
                FROM unnest(\(fragment: order)) WITH ORDINALITY AS levels (place, step)
            ) AS level
            WHERE product.categories[place] IS NOT NULL
                AND EXISTS (SELECT FROM line WHERE line.product_id = product.product_id)
            """
        ) { row in (try row.next(Int32.self), try row.next(String.self), try row.nextOptional(String.self)) }
        let rootFirst = set == .completeJourney ? pairs.sorted { $0.0 < $1.0 } : pairs.sorted { $0.0 > $1.0 }
        for (_, id, parent) in rootFirst where parent != id {
            var body: [String: JSONValue] = ["name": .string(id)]
            if let parent { body["parent_id"] = .string(parent) }
            try await load(.object(body), at: "\(path)/\(Self.percentEncoded(id))", as: feed)
        }
    }

    static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            let hex = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (hex.utf8.count == 1 ? "0" + hex : hex)
        }.joined()
    }

    fileprivate func addTags(of set: DataSet, to retailer: RetailerID, _ files: StagedFiles) async throws {
        let feed = try await key(of: retailer, .feed)
        let members = try await files.ask(set, "SELECT tag, household_id FROM tag ORDER BY tag, household_id") { row in
            (try row.next(String.self), try row.next(String.self))
        }
        for (tag, households) in Dictionary(grouping: members, by: \.0) {
            try await load(
                ["shopper_ids": .array(households.map { .string($0.1) })],
                at: "/v1/retailers/\(retailer)/tags/\(Self.percentEncoded(tag))/members", as: feed)
        }
    }

    fileprivate func addTraits(of set: DataSet, to retailer: RetailerID, _ files: StagedFiles) async throws {
        let marketer = try await key(of: retailer, .marketer)
        for trait in try await RealTrait.traits(of: set, files) {
            try await load(["rule": trait.rule], at: "/v1/retailers/\(retailer)/traits/\(trait.name)", as: marketer)
        }
    }

    /// One of many: not recorded with the exchanges.
    private func load(_ body: JSONValue, at path: String, as key: KeyToken) async throws {
        let headers = [("Authorization", "Bearer \(key.text)"), ("Content-Type", "application/json")]
        let reply = try await client.send(.put, path, headers: headers, body: body.jsonBytes)
        guard [200, 201].contains(reply.status) else {
            throw Refused(action: "PUT \(path)", status: reply.status, body: reply.text)
        }
    }
}
