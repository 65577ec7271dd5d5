import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What both treasurers read of a period.
@Suite struct StatementTests {
    @Test func `a statement says what came in, what was paid, what came back and what nobody paid`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await treasury.live()
            let id = try await treasury.openStatement()
            let statement = try await treasury.get("statements/\(id)").json
            let suppliers = try await treasury.get("statements/\(id)", as: treasury.town.treasurer).json

            #expect(statement["state"] == "open" && statement["number"] == 1 && statement["sealed_at"] == nil)
            #expect(
                figures(statement) == [
                    "opening_balance": 0, "top_ups": 1_000_000, "allocations": 0, "refunds": 0, "launches": 500_000,
                    "releases": 0, "redemptions": 6_000, "fee": 600, "returns": 1_500, "fee_returns": 150,
                    "unfunded": 1_000, "unfunded_borne_by_supplier": 400, "unfunded_borne_by_retailer": 600,
                    "unfunded_returns": 0, "corrections": 0, "closing_balance": 994_650, "payable": 4_900, "owed_back": 0,
                    "disputes": 0,
                ])
            #expect(suppliers == statement)
        }
    }

    @Test func `after the close the rest is released, and a late return is owed back`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await treasury.live()
            let first = try await treasury.openStatement()
            let sealed = try await treasury.seal(first).json
            try await treasury.town.advance(to: "2026-03-25T09:00:00Z")
            try await treasury.takeBack("6", of: "2", "p2", 20_000, discount: 3_000, day: "2026-03-25")
            let second = try await treasury.get("statements/\(sealed["next_statement_id"].string ?? "")").json

            #expect(second["number"] == 2 && second["opened_at"] == sealed["sealed_at"])
            #expect(
                figures(second) == [
                    "opening_balance": 994_650, "top_ups": 0, "allocations": 0, "refunds": 0, "launches": 0,
                    "releases": 495_050, "redemptions": 0, "fee": 0, "returns": 3_000, "fee_returns": 300, "unfunded": 0,
                    "unfunded_borne_by_supplier": 0, "unfunded_borne_by_retailer": 0, "unfunded_returns": 0,
                    "corrections": 0, "closing_balance": 997_950, "payable": 0, "owed_back": 3_000,
                    "disputes": 0,
                ])
            let retailer = treasury.town.retailer
            let payable = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.one(
                    """
                    SELECT credits_posted - debits_posted FROM account
                    WHERE retailer_id = \(retailer) AND kind = 'payable' AND supplier_id IS NOT NULL
                    """
                ) { row in try row.next(Int64.self) }
            }
            #expect(payable == (figures(sealed)["payable"] ?? 0) - 3_000)
            #expect(try await treasury.town.balance() == 997_950)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `the figures are those that the tables of redemptions and accounts give`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await treasury.live()
            let statement = figures(try await treasury.get("statements/\(try await treasury.openStatement())").json)
            let retailer = treasury.town.retailer
            let found = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.query(
                    """
                    SELECT 'redemptions', sum(funded_amount)::bigint FROM redemption WHERE retailer_id = \(retailer)
                    UNION ALL
                    SELECT 'fee', sum(fee_amount)::bigint FROM redemption WHERE retailer_id = \(retailer)
                    UNION ALL
                    SELECT 'unfunded', sum(claimed_amount - funded_amount)::bigint FROM redemption
                    WHERE retailer_id = \(retailer)
                    UNION ALL
                    SELECT 'unfunded_borne_by_supplier', sum(borne_amount)::bigint FROM redemption
                    WHERE retailer_id = \(retailer)
                    UNION ALL
                    SELECT 'returns', sum(discount_amount)::bigint FROM redemption_return WHERE retailer_id = \(retailer)
                    UNION ALL
                    SELECT 'fee_returns', sum(fee_amount)::bigint FROM redemption_return WHERE retailer_id = \(retailer)
                    UNION ALL
                    SELECT 'launches', sum(budget_amount)::bigint FROM campaign_funding WHERE retailer_id = \(retailer)
                    UNION ALL
                    SELECT 'closing_balance', sum(credits_posted - debits_posted)::bigint FROM account
                    WHERE retailer_id = \(retailer) AND kind IN ('wallet', 'campaign')
                    UNION ALL
                    SELECT 'payable', sum(credits_posted - debits_posted)::bigint FROM account
                    WHERE retailer_id = \(retailer) AND kind = 'payable'
                    """
                ) { row in (try row.next(String.self), try row.next(Int64.self)) }
            }

            #expect(found.count == 9)
            for (name, amount) in found { #expect(statement[name] == amount, "\(name)") }
        }
    }

    @Test func `another supplier sees neither statement nor line nor redemption, and a till none at all`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await treasury.live()
            let rival = try await market.makeSupplier()
            let agreement = try await market.makeAgreement(retailer: treasury.town.retailer, supplier: rival)
            let key = try await market.key(of: rival, .treasurer, person: try await market.makePerson(of: rival, .treasurer))
            let wallet: WalletID = try await market.post(
                "\(treasury.base)/wallets", as: key, ["agreement_id": .string("\(agreement)")]
            ).id()
            let id = try await treasury.openStatement()
            let redemption = try await treasury.all("statements/\(id)/unfunded", limit: 1)[0]["redemption_id"].string ?? ""
            let paths = ["", "/lines", "/unfunded"].map { "statements/\(id)\($0)" } + ["redemptions/\(redemption)"]
            let sealed = try await treasury.seal(id)

            let listed = try await treasury.get("statements", as: key).json["data"].elements
            #expect(listed.map { $0["wallet_id"] } == [.string("\(wallet)")])
            #expect(sealed.status == 200)
            for path in paths {
                #expect(try await treasury.get(path).status == 200)
                #expect(try await treasury.get(path, as: key).status == 404)
                #expect(try await treasury.get(path, as: treasury.till).status == 403)
            }
            #expect(try await treasury.seal(id, as: treasury.town.treasurer).status == 403)
        }
    }

    @Test func `statements are listed by wallet and number, in pages, by supplier and state`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            for _ in 0..<3 { _ = try await treasury.seal(try await treasury.openStatement()) }
            let pages = try await treasury.all("statements", limit: 2)
            let open = try await treasury.get("statements?state=open&supplier_id=\(treasury.town.supplier)").json["data"]
            let sealed = try await treasury.get("statements?state=sealed").json["data"]

            #expect(pages.map { $0["number"] } == [1, 2, 3, 4])
            #expect(pages.map { $0["state"] } == ["sealed", "sealed", "sealed", "open"])
            #expect(pages.dropLast().map { $0["next_statement_id"] } == pages.dropFirst().map { $0["id"] })
            #expect(pages.dropLast().map { $0["closing_balance"] } == pages.dropFirst().map { $0["opening_balance"] })
            #expect(open.elements == Array(pages.suffix(1)))
            #expect(sealed.elements == Array(pages.prefix(3)))
            #expect(try await treasury.get("statements?cursor=bm90aGluZw").json["errors"][0]["code"] == "bad_cursor")
        }
    }
}
