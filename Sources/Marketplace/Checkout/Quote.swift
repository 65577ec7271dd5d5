import Campaigns
import JSONText
import Kernel

/// The answer to a till: each line's discounts, and why other offers that touch the basket do not apply.
struct Quote: Sendable, JSONWritable {
    let id: String
    let expiresAt: Instant
    let asset: Asset
    let businessDay: BusinessDay
    let isHeld: Bool
    let lines: [BasketLine]
    let decision: QuoteDecision
    let names: [CampaignID: String]

    init(_ situation: CheckoutSituation, _ decision: QuoteDecision, _ request: QuoteRequest, id: String, expiresAt: Instant) {
        self.id = id
        self.expiresAt = expiresAt
        asset = situation.clock.asset
        businessDay = situation.clock.businessDay
        isHeld = request.holds
        lines = situation.basket.lines
        self.decision = decision
        names = Dictionary(situation.campaigns.map { ($0.id, $0.name) }) { first, _ in first }
    }

    func write(to json: inout JSONWriter) {
        let byLine = Dictionary(grouping: decision.discounts, by: \.lineNo)
        json.object { json in
            json.field("quote_id", id)
            json.field("held", isHeld)
            json.field("business_day", businessDay)
            json.field("expires_at", expiresAt)
            json.field("total_discount", Money(minor: decision.discounts.reduce(0) { $0 + $1.amountMinor }, asset: asset))
            json.array("lines", lines) { json, line in
                json.object { json in
                    json.field("line_no", line.lineNo)
                    json.field("regular_amount", line.regularMinor)
                    json.field("base_amount", line.baseMinor)
                    let discounts = byLine[line.lineNo] ?? []
                    json.field("offer_amount", line.baseMinor - discounts.reduce(0) { $0 + $1.amountMinor })
                    json.array("discounts", discounts) { json, discount in
                        json.object { json in
                            json.field("campaign_id", discount.campaign)
                            json.field("name", names[discount.campaign] ?? "")
                            json.field("units", discount.units)
                            json.field("amount", discount.amountMinor)
                        }
                    }
                }
            }
            json.array("reasons", decision.refused) { json, refused in
                json.object { json in
                    json.field("line_no", refused.lineNo)
                    json.field("campaign_id", refused.campaign)
                    json.field("reason", word: refused.reason)
                }
            }
        }
    }
}
