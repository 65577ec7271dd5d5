import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct AgreementRaceTests {
    @Test func `of 32 racing edits exactly one wins each version`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let id = try await market.makeAgreement(retailer: retailer, supplier: supplier, upTo: .draft)
            let path = "/v1/retailers/\(retailer)/agreements/\(id)"
            for version in 1...3 {
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for editor in 0..<32 {
                        group.addTask {
                            try await market.patch(
                                path, as: market.platform, ["name": .string("by \(editor)")],
                                headers: [("If-Match", "\"\(version)\"")]
                            ).status
                        }
                    }
                    return try await group.reduce(into: [Int]()) { $0.append($1) }
                }

                #expect(statuses.count { $0 == 200 } == 1)
                #expect(statuses.count { $0 == 412 } == 31)
            }
            #expect(try await market.get(path, as: market.platform).json["version"] == 4)
        }
    }

    @Test func `of 32 racing suspensions one takes effect and one event tells of it`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let id = try await market.makeAgreement(retailer: retailer, supplier: supplier)
            let path = "/v1/retailers/\(retailer)/agreements/\(id)/suspend"

            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await market.post(path, as: market.platform, ["reason": "race"]).status }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }

            let events = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.query(
                    "SELECT type FROM event WHERE retailer_id = \(retailer) ORDER BY position",
                    { row in try row.next(String.self) })
            }
            #expect(statuses.count { $0 == 200 } == 1)
            #expect(statuses.count { $0 == 409 } == 31)
            #expect(events == ["agreement.created", "agreement.signed", "agreement.activated", "agreement.suspended"])
        }
    }
}
