import Campaigns
import JSONText
import Kernel

/// A discount that a till gave and no budget paid in full: why, and who bears the rest.
struct UnfundedLine: Sendable, Hashable {
    let campaign: CampaignID
    let businessDay: BusinessDay
    let unfundedMinor: Int64
    let borneMinor: Int64
    let reason: String
    var facts: RedeemedFacts
}

extension UnfundedLine: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("redemption_id", facts.id)
            json.field("business_day", businessDay)
            json.field("campaign_id", campaign)
            facts.writeLine(to: &json)
            json.field("claimed_amount", facts.claimedMinor)
            json.field("funded_amount", facts.fundedMinor)
            json.field("unfunded_amount", unfundedMinor)
            json.field("borne_by_supplier_amount", borneMinor)
            json.field("borne_by_retailer_amount", unfundedMinor - borneMinor)
            json.field("reason", reason)
            json.field("receipt", facts.receipt)
        }
    }
}

extension UnfundedLine: StatementRow {
    static func csvColumns(for reader: StatementReader) -> [String] {
        ["business_day", "campaign_id"] + RedeemedFacts.csvColumns
            + [
                "claimed_amount", "funded_amount", "unfunded_amount", "borne_by_supplier_amount", "borne_by_retailer_amount",
                "reason",
            ] + reader.receiptColumns
    }

    func csv(for reader: StatementReader) -> [String?] {
        ["\(businessDay)", "\(campaign)"] + facts.csv
            + [
                "\(facts.claimedMinor)", "\(facts.fundedMinor)", "\(unfundedMinor)", "\(borneMinor)",
                "\(unfundedMinor - borneMinor)", reason,
            ] + reader.receiptFields(facts.receipt)
    }

    var after: LineFilter.After { LineFilter.After(day: businessDay, id: facts.id.value) }

    var cursor: String { "\(businessDay) \(facts.id)" }
}
