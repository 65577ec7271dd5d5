import App
import DemoTown
import JSONText
import Kernel
import Ledger
import Parties

extension Story {
    func sevenDays(of campaign: StoryCampaign) async throws -> TillOutcome {
        var tills = StoryTills(self, campaign)
        for day in dates.days(from: dates.monday, through: dates.sunday) { try await tills.play(day) }
        let outcome = tills.outcome
        guard outcome.redemptions > 0 else { throw DemoFault.tooSmall("nobody bought at the offer") }
        let spend = try await spend(of: campaign)
        let (units, forecast) = (try spend.integer("units"), campaign)
        narrator.tell(
            "Seven days at the tills", on: dates.sunday,
            "\(grouped(outcome.pulls)) looks into the app, \(grouped(outcome.shoppersWithOffer)) shoppers found the offer",
            "\(grouped(outcome.receipts)) baskets quoted and posted, \(grouped(outcome.redemptions)) redemptions by "
                + "\(grouped(outcome.buyers.count)) shoppers, \(grouped(units)) units (forecast "
                + "\(forecast.units.p10) / \(forecast.units.p50) / \(forecast.units.p90))",
            "discounts given \(rubles(outcome.claimed)), paid by the campaign \(rubles(outcome.funded)) (forecast "
                + "\(rubles(forecast.discounts.p10)) / \(rubles(forecast.discounts.p50)) / \(rubles(forecast.discounts.p90)))",
            "unfunded: \(outcome.unfundedText)",
            "fee \(rubles(try spend.integer("fees", "amount"))), left in the campaign "
                + rubles(try spend.integer("available", "amount")))
        return outcome
    }

    func spend(of campaign: StoryCampaign) async throws -> DemoReply {
        try await client.get("\(path)/campaigns/\(campaign.id)/spend", as: keys.marketer)
    }

    /// One product comes back on the Monday after; then the days of late receipts pass, and the rest of the money goes back.
    func settleAndClose(_ campaign: StoryCampaign, _ outcome: TillOutcome) async throws {
        try await host.advance(to: StoryDates.instant(dates.sunday.adding(days: 1), hour: 10), at: retailer)
        if let sale = outcome.sale { try await bringBack(sale, campaign) }
        try await loadDays(from: dates.sunday.adding(days: 1), through: dates.closing.adding(days: -1))
        try await host.advance(to: StoryDates.instant(dates.closing), at: retailer)
        let closed = try await client.get("\(path)/campaigns/\(campaign.id)", as: keys.marketer).text("state")
        let spend = try await spend(of: campaign)
        let (spent, returned) = (try spend.integer("captured", "amount"), try spend.integer("returned", "amount"))
        narrator.tell(
            "The campaign is \(closed)", on: dates.closing,
            "budget \(rubles(campaign.budget)) = spent \(rubles(spent)) + returned to the wallet \(rubles(returned))",
            "in the wallet: \(rubles(try await walletBalance()))")
        try await loadDays(from: dates.closing, through: dates.yesterday)
    }

    private func loadDays(from first: BusinessDay, through last: BusinessDay) async throws {
        for day in dates.days(from: first, through: last) {
            host.clock.set(StoryDates.instant(day, hour: 23, minute: 59))
            try await load(day)
        }
    }

    private func bringBack(_ sale: TillOutcome.Sale, _ campaign: StoryCampaign) async throws {
        let before = try await spend(of: campaign).integer("captured", "amount")
        let day = dates.sunday.adding(days: 1)
        let posted = try await client.post(
            "\(path)/receipts", as: keys.till, bytes: returnBody(of: sale, on: day, at: host.clock.now))
        let match = try posted.elements("returns").first?.text("match") ?? "nothing"
        let after = try await spend(of: campaign).integer("captured", "amount")
        narrator.tell(
            "A return", on: day,
            "receipt \(sale.receipt.number), line \(sale.line.lineNo), with a discount of \(rubles(sale.discount)): match \(match)",
            "back to the campaign with its part of the fee: \(rubles(before - after))")
    }

    private func returnBody(of sale: TillOutcome.Sale, on day: BusinessDay, at now: Instant) -> [UInt8] {
        let paid = sale.line.baseAmountMinor - sale.discount
        var json = JSONWriter()
        json.object { json in
            json.field("store_id", sale.receipt.storeID)
            json.field("business_day", day)
            json.field("till", sale.receipt.till)
            json.field("number", "return-1")
            json.field("kind", "return")
            json.field("sold_at", now)
            json.fieldIfPresent("shopper_id", sale.receipt.shopperID)
            json.field("total", paid)
            json.array("lines", [sale.line]) { json, line in
                json.object { json in
                    line.writeGoods(to: &json)
                    json.field("paid_amount", paid)
                    json.name("original")
                    json.object { json in
                        json.name("key")
                        json.object { sale.receipt.writeKey(to: &$0) }
                        json.field("line_no", line.lineNo)
                    }
                }
            }
        }
        return json.bytes
    }

    /// Every rule of the books, recomputed from the tables.
    func verify() async throws {
        let verification = Verification(host.database)
        var (rows, wrong): (Int64, [String]) = (0, [])
        for check in Marketplace.checks {
            let report = try await verification.run(check, of: retailer)
            rows += Int64(report.checked)
            if report.findings > 0 { wrong.append("\(check.name): \(report.findings) findings") }
        }
        narrator.tell(
            "Verify", on: dates.today,
            "\(Marketplace.checks.count) checks over \(grouped(rows)) rows: "
                + (wrong.isEmpty ? "nothing was found" : wrong.joined(separator: "; ")))
        if !wrong.isEmpty { throw DemoFault.findings(wrong.count) }
    }
}
