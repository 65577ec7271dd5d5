import JSONText
import Kernel
import TestSupport
import Testing

/// 317's statement after the close, sealed by the retailer's treasurer, against what separate SQL worked out.
extension RealCampaign {
    func expectStatement(of paid: Set<RealCampaignTests.Paid>, returned: Set<RealCampaignTests.Paid>) async throws {
        let list = try await market.get("\(path)/statements?wallet_id=\(wallet)", as: retailersTreasurer).json["data"]
        #expect(list.elements.count == 1)
        let statement = "\(path)/statements/\(list[0]["id"].string ?? "")"
        let sealed = try Self.must(
            await market.post(statement + "/seal", as: retailersTreasurer, headers: [("Idempotency-Key", "seal-317")]))

        let (spent, back) = (Sum(paid), Sum(returned))
        let figures = sealed.members.compactMapValues { $0["amount"].integer }.filter { $0.value != 0 }
        #expect(
            figures == [
                "top_ups": Self.topUp, "launches": Self.budget,
                "releases": Self.budget - spent.all + back.all, "redemptions": spent.discounts, "fee": spent.fees,
                "returns": back.discounts, "fee_returns": back.fees, "closing_balance": Self.topUp - spent.all + back.all,
                "payable": spent.discounts - back.discounts,
            ])
        try await expectLines(at: statement, of: paid, returned: returned)
    }

    /// Line by line, to the receipt's; the supplier reads the same amounts and no receipt.
    private func expectLines(
        at statement: String, of paid: Set<RealCampaignTests.Paid>, returned: Set<RealCampaignTests.Paid>
    ) async throws {
        let own = try await market.get(statement + "/lines?limit=1000", as: retailersTreasurer).json["data"].elements
        let suppliers = try await market.get(statement + "/lines?limit=1000", as: treasurer).json["data"].elements
        #expect(lines(own, "redemption") == Set(paid.map { Line($0, $0.discount) }))
        #expect(lines(own, "fee") == Set(paid.filter { $0.fee > 0 }.map { Line($0, $0.fee) }))
        #expect(own.count { $0["kind"] == "return" } == returned.count)
        #expect(suppliers.map { $0["amount"] } == own.map { $0["amount"] })
        #expect(suppliers.allSatisfy { $0["redemption"]["receipt"] == .null })
    }

    private func lines(_ all: [JSONValue], _ kind: JSONValue) -> Set<Line> {
        Set(
            all.filter { $0["kind"] == kind }.map { line in
                let receipt = line["redemption"]["receipt"]
                return Line(
                    basket: receipt["number"].string ?? "", line: receipt["line_no"].integer ?? 0,
                    cents: line["amount"]["amount"].integer ?? -1)
            })
    }
}

private struct Line: Hashable {
    let basket: String
    let line, cents: Int64

    init(basket: String, line: Int64, cents: Int64) { (self.basket, self.line, self.cents) = (basket, line, cents) }

    init(_ paid: RealCampaignTests.Paid, _ cents: Int64) { self.init(basket: paid.basket, line: paid.line, cents: cents) }
}

private struct Sum {
    let discounts, fees: Int64

    var all: Int64 { discounts + fees }

    init(_ paid: Set<RealCampaignTests.Paid>) {
        discounts = paid.reduce(0) { $0 + $1.discount }
        fees = paid.reduce(0) { $0 + $1.fee }
    }
}
