import DemoTown
import Kernel

/// A supplier's audience, saved.
struct StoryAudience: Sendable {
    let id: String
    let version: Int64
}

/// A campaign of the story, with its forecast.
struct StoryCampaign: Sendable {
    let id: String
    let budget: Int64
    let units: (p10: Int64, p50: Int64, p90: Int64)
    let discounts: (p10: Int64, p50: Int64, p90: Int64)
}

extension Story {
    /// Thirty roubles for each shopper of the town: more than the forecast, so that the story is not one of an empty budget.
    var budgetMinor: Int64 { max(1_000_000, 3_000 * Int64(town.plan.shoppers)) }

    func previewAudience() async throws -> StoryAudience {
        let body = #"{"predicate":\#(choice.predicate)}"#
        let told = try await client.post("\(path)/audiences/preview", as: keys.marketer, body)
        guard let shoppers = told.json.integer("shoppers") else {
            throw DemoFault.tooSmall("the audience is below the privacy floor")
        }
        let exact = try await client.post("\(path)/audiences/preview", as: keys.admin, body).integer("shoppers")
        let saved = try await client.post(
            "\(path)/audiences", as: keys.marketer,
            #"{"name":"Buyers of \#(choice.category.name)","predicate":\#(choice.predicate)}"#)
        narrator.tell(
            "Audience: who bought \(choice.category.name.lowercased()) within 90 days", on: dates.eve,
            "\(choice.supplier.name) reads: about \(grouped(shoppers)) shoppers, from the snapshot of "
                + "\(try told.text("as_of")), an estimate by one shopper in twelve",
            "the retailer reads: \(grouped(exact)) of \(grouped(town.plan.shoppers)), now and exactly")
        return StoryAudience(id: try saved.text("id"), version: try saved.integer("version"))
    }

    func draftAndForecast(_ audience: StoryAudience) async throws -> StoryCampaign {
        let id = try await client.post(
            "\(path)/campaigns", as: keys.marketer,
            terms(
                audience, name: "A week of \(choice.brand.name)", from: "\(dates.monday)",
                until: "\(dates.monday.adding(days: 7))",
                budget: budgetMinor)
        ).text("id")
        let forecast = try await client.post("\(path)/campaigns/\(id)/forecast", as: keys.marketer)
        let reach = try await quantiles(of: forecast, "reach")
        let units = try await quantiles(of: forecast, "capped", "units")
        let money = try (
            p10: forecast.integer("capped", "discounts", "p10", "amount"),
            p50: forecast.integer("capped", "discounts", "p50", "amount"),
            p90: forecast.integer("capped", "discounts", "p90", "amount")
        )
        narrator.tell(
            "Forecast: 20 % off \(choice.products.count) products of \(choice.brand.name) for a week", on: dates.eve,
            "P10 / P50 / P90",
            "reach      \(reach.p10) / \(reach.p50) / \(reach.p90) shoppers",
            "units      \(units.p10) / \(units.p50) / \(units.p90)",
            "discounts  \(rubles(money.p10)) / \(rubles(money.p50)) / \(rubles(money.p90))",
            "budget     \(rubles(budgetMinor)), the fee of \(MakeParties.feeBP / 100) % included")
        return StoryCampaign(id: id, budget: budgetMinor, units: units, discounts: money)
    }

    /// A body for `POST campaigns`.
    func terms(
        _ audience: StoryAudience, name: String, from first: String, until end: String, budget: Int64, isLate: Bool = false
    ) -> String {
        #"{"name":"\#(name)","agreement_id":"\#(parties.agreement)","products":{"brands":["\#(choice.brand.id)"]},"#
            + #""reward":{"type":"percent_off","basis_points":\#(StoryChoice.depth.value)},"starts_at":"\#(first)T00:00:00","#
            + #""ends_at":"\#(end)T00:00:00","late_start":\#(isLate),"#
            + #""limits":{"units_per_shopper":\#(Self.unitsPerShopper),"units_per_receipt":\#(Self.unitsPerReceipt)},"#
            + #""budget":{"amount":\#(budget),"currency":"RUB"},"#
            + #""eligibility":{"type":"audience","audience_id":"\#(audience.id)","version":\#(audience.version)},"#
            + #""presentation":{"title":{"en":"\#(name)"}}}"#
    }

    static var unitsPerShopper: Int { 20 }
    static var unitsPerReceipt: Int { 6 }

    private func quantiles(
        of reply: DemoReply, _ path: String...
    ) async throws -> (p10: Int64, p50: Int64, p90: Int64) {
        guard let value = reply.json.at(path), let p10 = value.integer("p10"), let p50 = value.integer("p50"),
            let p90 = value.integer("p90")
        else { throw DemoFault.missing(path.joined(separator: "."), reply.bodyText) }
        return (p10, p50, p90)
    }

    /// The supplier pays, one treasurer of the retailer's sees it at the bank, another confirms: the policy wants two.
    func topUp(for campaign: StoryCampaign) async throws {
        let amount = 2 * campaign.budget
        let wallet = "\(path)/wallets/\(parties.wallet)"
        let money = #"{"amount":\#(amount),"currency":"RUB"}"#
        let asked = try await client.post(
            "\(wallet)/top-ups", as: keys.supplierTreasurer, #"{"amount":\#(money)}"#, once: "demo-top-up")
        let topUp = try "\(wallet)/top-ups/\(asked.text("id"))"
        let received = try await client.post(
            "\(topUp)/receive", as: keys.treasurer,
            #"{"bank_id":"demo-\#(parties.wallet)","payer":"\#(choice.supplier.name)","amount":\#(money),"#
                + #""received_on":"\#(dates.eve)"}"#, once: "demo-receive")
        let confirmed = try await client.post("\(topUp)/confirm", as: keys.secondTreasurer, once: "demo-confirm")
        narrator.tell(
            "Top-up of \(rubles(amount))", on: dates.eve,
            "asked by Dmitry of \(choice.supplier.name), payment reference \(try asked.text("payment_reference"))",
            "seen at the bank by Irina: \(try received.text("state")); confirmed by Sergey: \(try confirmed.text("state"))",
            "in the wallet: \(rubles(try await walletBalance()))")
    }

    func walletBalance() async throws -> Int64 {
        try await client.get("\(path)/wallets/\(parties.wallet)", as: keys.supplierTreasurer).integer(
            "balance", "available", "amount")
    }

    func approveAndLaunch(_ campaign: StoryCampaign) async throws {
        let one = "\(path)/campaigns/\(campaign.id)"
        let submitted = try await client.post("\(one)/submit", as: keys.marketer).text("state")
        let approved = try await client.post("\(one)/approve", as: keys.approver, #"{"comment":"Welcome."}"#).text("state")
        let launched = try await client.post("\(one)/launch", as: keys.supplierTreasurer, once: "demo-launch").text("state")
        narrator.tell(
            "Submit, approve, launch", on: dates.eve,
            "submitted by Anna: \(submitted); approved by Pavel of the retailer: \(approved); "
                + "launched by Dmitry: \(launched)",
            "moved from the wallet to the campaign: \(rubles(campaign.budget)); left in the wallet: "
                + rubles(try await walletBalance()))
    }
}
