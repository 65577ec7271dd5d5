import Bitmaps
import HTTPTypes
import JSONText
import Kernel
import Postgres
import TestSupport
import Testing

/// A shopper is erased in the middle of everything: under tills that sell to it, a bulk load that names it and messages on
/// their way. Afterwards every table, log, message and answer is searched for it.
@Suite struct ErasureSweepTests {
    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
    func `an erased shopper is in no table, log, message or answer, its receipts count on, and the books agree`() async throws {
        try await OutsidePostgres.run(named: "erasure") { postgres in
            let receiver = try await WebhookReceiver.start { _ in .echo }
            let settings = ["TRADEWIND_LOG_LEVEL": "debug", "TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK": "true"]
            try await ServedProgram.run(named: "erasure", on: postgres.address, environment: settings) { program in
                let town = try await ServedTown.make(in: program, budget: 5_000_000, feeBP: 500) { api, home in
                    try await api.must(
                        .post, home + "/endpoints", ["url": .string(receiver.url("/hook"))],
                        as: try await api.personsKey(home, role: "admin"))
                }
                let shopper = try await ErasedShopper.living(in: town)
                let keys = try await Self.keys(of: ErasedShopper.ids, in: postgres)
                let before = try await Traces.of(keys, in: postgres)
                #expect(keys.count == 4 && before.tables.count > 6, "it has left traces: \(before.tables)")
                #expect(before.sets > 0)
                #expect(ErasedShopper.found(in: try await postgres.dump()))

                try await shopper.eraseUnderWay()
                let answers = try await shopper.answers()
                let heard = receiver.requests.count
                try await shopper.tellAll()
                try await Self.wait { receiver.requests.count > heard }
                let spend = try await town.spend()
                let verify = try await BuiltProgram.run(["verify"] + program.options)
                let metrics = try await program.client?.send(.get, "/metrics").text ?? ""

                let texts = [
                    ("dump", try await postgres.dump()), ("log", program.log), ("log of PostgreSQL", postgres.log),
                    ("metrics", metrics), ("verify", verify.output), ("answers", answers.joined(separator: "\n")),
                    ("messages", receiver.requests[heard...].map { String(decoding: $0.body, as: UTF8.self) }.joined()),
                ]
                for (name, text) in texts {
                    #expect(!text.isEmpty, "\(name)")
                    let line = text.split(separator: "\n").first { ErasedShopper.found(in: String($0)) }
                    #expect(line == nil, "\(name)")
                }
                let after = try await Traces.of(keys, in: postgres)
                #expect(after.tables == Traces.allowed.intersection(after.tables), "\(after.tables)")
                #expect(after.sets == 0)
                #expect(answers.contains { $0.contains(#""shopper_id":null"#) || !$0.contains("shopper_id") })
                #expect(spend["discounts"] ?? 0 >= ErasedShopper.discountsMin)
                #expect(spend["reserved"] == 0, "what was held for it is given back")
                #expect(verify.isSuccess && verify.output.contains("nothing was found"), "\(verify.output)")
            }
            await receiver.stop()
        }
    }

    private static func wait(until isSo: () -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while !isSo(), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        #expect(isSo())
    }

    private static func keys(of ids: [String], in postgres: OutsidePostgres) async throws -> [Int64] {
        try await postgres.read { tx in
            try tx.query(
                """
                SELECT shopper_key FROM shopper_card WHERE shopper_id = ANY(\(ids))
                UNION
                SELECT shopper_key FROM shopper
                WHERE merged_into IN (SELECT shopper_key FROM shopper_card WHERE shopper_id = ANY(\(ids)))
                ORDER BY 1
                """
            ) { row in try row.next() }
        }
    }
}

/// Where keys of shoppers still stand.
private struct Traces {
    /// What may name the keys of an erased shopper, which lead nowhere: its gravestone, what was paid and how often it was
    /// paid, and that it was erased.
    static let allowed: Set<String> = ["shopper", "redemption", "limit_counter", "event"]

    let tables: Set<String>
    /// How many sets of promises have one of the keys.
    let sets: Int

    static func of(_ keys: [Int64], in postgres: OutsidePostgres) async throws -> Traces {
        try await postgres.read { tx in
            // A query for each column, made and run by PostgreSQL.
            var tables = Set(
                try tx.query(
                    """
                    SELECT class.relname::text
                    FROM pg_class AS class
                    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND NOT attribute.attisdropped
                    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace AND namespace.nspname = 'public'
                    CROSS JOIN LATERAL query_to_xml(
                        format(
                            'SELECT FROM %I WHERE %I = ANY(%L::bigint[]) LIMIT 1', class.relname, attribute.attname, \(keys)),
                        false, false, ''
                    ) AS found
                    WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition
                        AND (attribute.attname LIKE '%shopper_key%' OR attribute.attname = 'merged_into')
                        AND xpath_exists('/table/row', found)
                    """
                ) { row in try row.next(String.self) })
            let isCounted = try tx.one(
                "SELECT EXISTS (SELECT FROM limit_counter WHERE subject = ANY(\(keys.map { "\($0)" })))"
            ) { row in try row.next(Bool.self) }
            if isCounted { tables.insert("limit_counter") }
            let sets = try tx.query(
                """
                SELECT shown FROM campaign_members UNION ALL SELECT holdout FROM campaign_members
                UNION ALL SELECT members FROM offer_grant UNION ALL SELECT pushed FROM offer_grant
                """
            ) { row in try KeySet(portable: try row.next(Bytes.self).array) }
            let named = sets.filter { set in keys.contains { set.contains(UInt32($0)) } }
            return Traces(tables: tables, sets: named.count)
        }
    }
}
