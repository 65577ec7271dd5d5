import JSONText
import Kernel
import TestSupport
import Testing

@testable import Settlement

/// The lines behind a statement: to the receipt line for the retailer, to the redemption for the supplier.
@Suite struct LineTests {
    @Test func `the lines sum to what the balance changed, whatever the size of a page`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await treasury.live()
            let path = "statements/\(try await treasury.openStatement())/lines"
            let whole = try await treasury.all(path, limit: 1_000)
            let bySmall = try await treasury.all(path, limit: 2)
            let kinds = whole.reduce(into: [String: Int64]()) {
                $0[$1["kind"].string ?? "", default: 0] += $1["change"]["amount"].integer ?? 0
            }

            #expect(whole.count == 11)
            #expect(bySmall == whole)
            #expect(
                kinds == [
                    "top_up": 1_000_000, "launch": 0, "redemption": -6_000, "fee": -600, "unfunded": -400, "return": 1_500,
                    "fee_return": 150,
                ])
            #expect(kinds.values.reduce(0, +) == 994_650)
            let fees = try await treasury.get("\(path)?kind=fee&campaign_id=\(treasury.campaign)&from=2026-03-09&to=2026-03-09")
            #expect(fees.json["data"].elements == whole.filter { $0["kind"] == "fee" })
            #expect(try await treasury.get("\(path)?from=2026-03-10").json["data"].elements.isEmpty)
            #expect(try await treasury.get("\(path)?from=2026-03-10&to=2026-03-09").status == 422)
            #expect(try await treasury.get("\(path)?cursor=bm90aGluZw").status == 422)
        }
    }

    @Test func `the retailer reads the receipt line, the supplier the redemption and nothing of the receipt`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            let sold = try await treasury.sell("17", "p1", 10_000, discount: 1_500)
            let path = "statements/\(try await treasury.openStatement())/lines?kind=redemption"
            let own = try await treasury.get(path).json["data"][0]
            let reply = try await treasury.get(path, as: treasury.town.treasurer)
            let suppliers = reply.json["data"][0]
            var facts: [String: JSONValue] = [
                "redemption_id": sold["redemption_id"], "product_id": "p1", "quantity_milli": 1_000, "unit": "piece",
                "regular_amount": 10_000, "base_amount": 10_000, "discount_amount": 1_500, "vat_rate_bp": 1_000,
                "depth_bp": nil,
                "receipt": [
                    "store_id": "s1", "business_day": "2026-03-09", "till": "1", "shift": "", "number": "17", "line_no": 1,
                ],
            ]

            #expect(own["redemption"] == .object(facts))
            #expect(own["amount"]["amount"] == 1_500 && own["change"]["amount"] == -1_500)
            #expect(own["posted_at"].string != nil)
            facts["receipt"] = .null
            #expect(suppliers["redemption"] == .object(facts))
            #expect(suppliers["posted_at"] == nil)
            #expect(suppliers["amount"] == own["amount"] && suppliers["transfer_id"] == own["transfer_id"])
            let csv = try await treasury.get("\(path)&format=csv", as: treasury.town.treasurer)
            for hidden in ["store", "till", "shift", "line_no", "shopper"] { #expect(!csv.text.contains(hidden)) }
        }
    }

    @Test func `a redemption opens to shares and returns, and to receipts for the retailer alone`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            let sold = try await treasury.sell("1", "p1", 10_000, discount: 2_000)
            try await treasury.takeBack("2", of: "1", "p1", 10_000, discount: 2_000)
            let path = "redemptions/\(sold["redemption_id"].string ?? "")"
            let own = try await treasury.get(path).json
            let suppliers = try await treasury.get(path, as: treasury.town.treasurer).json
            let wallet = JSONValue.string("\(treasury.town.wallet)")

            #expect(own["receipt"]["number"] == "1" && own["returns"][0]["receipt"]["till"] == "2")
            #expect(suppliers["receipt"] == nil)
            #expect(
                suppliers == [
                    "id": sold["redemption_id"], "business_day": "2026-03-09",
                    "campaign_id": .string("\(treasury.campaign)"), "campaign_version": own["campaign_version"],
                    "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
                    "base_amount": 10_000, "vat_rate_bp": 1_000, "depth_bp": nil, "currency": "RUB", "claimed_amount": 2_000,
                    "allowed_amount": 1_500, "funded_amount": 1_500, "fee_amount": 150, "unfunded_amount": 500,
                    "borne_by_supplier_amount": 0, "reason": "more_than_quoted", "receipt": nil,
                    "shares": [["wallet_id": wallet, "discount_amount": 1_500, "fee_amount": 150]],
                    "returns": [
                        [
                            "wallet_id": wallet, "business_day": "2026-03-09", "returned_quantity_milli": 1_000,
                            "discount_amount": 1_500, "fee_amount": 150, "borne_amount": 0, "receipt": nil,
                        ]
                    ],
                ])
            #expect(try await treasury.get("redemptions/redemption_01jnb2ws00fv9rvk5e8x2c6m4a").status == 404)
        }
    }

    @Test func `what nobody's budget paid is listed with its reason and its bearers`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await treasury.live()
            let path = "statements/\(try await treasury.openStatement())/unfunded"
            let rows = try await treasury.all(path, limit: 1)

            #expect(
                Set(
                    rows.map { row in
                        ["claimed", "funded", "unfunded", "borne_by_supplier", "borne_by_retailer"].map {
                            row["\($0)_amount"].integer ?? -1
                        }
                    }) == [[2_000, 1_500, 500, 0, 500], [500, 0, 500, 400, 100]])
            #expect(Set(rows.map { $0["reason"] }) == ["more_than_quoted", "no_quote"])
            #expect(try await treasury.get(path).json["data"].elements == rows)
            #expect(
                try await treasury.get("\(path)?from=2026-03-09&campaign_id=\(treasury.campaign)").json["data"].elements == rows)
        }
    }

    @Test func `CSV says what JSON says`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await treasury.live()
            let path = "statements/\(try await treasury.openStatement())"
            for reader in [treasury.treasurer, treasury.town.treasurer] {
                for list in ["lines", "unfunded"] {
                    let json = try await treasury.all("\(path)/\(list)", limit: 100, as: reader)
                    let csv = try await market.get(
                        "\(treasury.base)/\(path)/\(list)", as: reader, headers: [("Accept", "text/csv")])
                    #expect(csv.header("content-type") == "text/csv; charset=utf-8")
                    #expect(table(csv.text) == json.map { flat($0) })
                }
                let statement = try await treasury.get(path, as: reader).json
                let csv = try await treasury.get("\(path)?format=csv", as: reader)
                #expect(table(csv.text) == [flat(statement)])
            }
            #expect(try await treasury.get("\(path)?format=xml").status == 422)
        }
    }

    @Test func `a field with a comma, a quote or a line end is quoted`() {
        #expect(CSVText.row(["a", nil, "b,c", "d\"e", "f\r\ng", ""]) == "a,,\"b,c\",\"d\"\"e\",\"f\r\ng\",\r\n")
    }

    @Test func `a quote is doubled also before an accent, and no text is a formula`() {
        #expect(CSVText.row(["a\"\u{301}b", "\u{301}\""]) == "\"a\"\"\u{301}b\",\"\u{301}\"\"\"\r\n")
        #expect(
            CSVText.row(["=1+1", "+7", "-1+1", "@sum", "\tx", "\rx", "=a\"b,c"])
                == "'=1+1,'+7,'-1+1,'@sum,'\tx,\"'\rx\",\"'=a\"\"b,c\"\r\n")
        #expect(CSVText.row(["-1500", "7", "a=b", "'="]) == "-1500,7,a=b,'=\r\n")
    }

    /// Rows of a CSV without quotes, by column; empty fields left out.
    private func table(_ csv: String) -> [[String: String]] {
        let rows = csv.split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = rows.first else { return [] }
        return rows.dropFirst().map { row in
            Dictionary(uniqueKeysWithValues: zip(header, row)).filter { !$0.value.isEmpty && $0.key != "currency" }
        }
    }

    /// A row of JSON with its objects opened: amounts by the name of the figure, the receipt's by the names of the CSV.
    private func flat(_ json: JSONValue) -> [String: String] {
        json.members.reduce(into: [:]) { fields, member in
            switch member.value {
            case .null, .array, .decimal: break
            case .bool(let flag): fields[member.key] = "\(flag)"
            case .integer(let number): fields[member.key] = "\(number)"
            case .string(let text): fields[member.key] = text.isEmpty ? nil : text
            case .object(let members):
                if let amount = members["amount"]?.integer {
                    fields[member.key] = "\(amount)"
                } else {
                    for (name, value) in flat(member.value) {
                        fields[member.key == "receipt" && name == "business_day" ? "receipt_business_day" : name] = value
                    }
                }
            }
        }.filter { $0.key != "currency" }
    }
}
