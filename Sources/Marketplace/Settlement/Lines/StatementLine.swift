import Campaigns
import Checkout
import JSONText
import Kernel
import Ledger

/// One transfer of a statement, and the receipt line behind it where there is one.
struct StatementLine: Sendable, Hashable {
    let transfer: TransferID
    let kind: TransferKind
    let businessDay: BusinessDay
    let campaign: CampaignID?
    /// What was moved.
    let amount: Money
    /// What it changed of the balance: nothing where it moved within the wallet and its campaigns.
    let changeMinor: Int64
    /// Nil to a supplier where a receipt stands behind it.
    let postedAt: Instant?
    let redemption: RedemptionID?
    var facts: RedeemedFacts?
}

extension StatementLine: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("transfer_id", transfer)
            json.field("kind", word: kind)
            json.field("business_day", businessDay)
            json.field("campaign_id", campaign)
            json.field("amount", amount)
            json.field("change", Money(minor: changeMinor, asset: amount.asset))
            json.field("posted_at", postedAt)
            json.name("redemption")
            guard let facts else { return json.null() }
            json.object { json in
                json.field("redemption_id", facts.id)
                facts.writeLine(to: &json)
                json.field("discount_amount", facts.claimedMinor)
                json.field("receipt", facts.receipt)
            }
        }
    }
}

extension StatementLine: StatementRow {
    static func csvColumns(for reader: StatementReader) -> [String] {
        ["transfer_id", "kind", "business_day", "campaign_id", "amount", "change", "currency", "posted_at"]
            + RedeemedFacts.csvColumns + ["discount_amount"] + reader.receiptColumns + ["depth_bp"]
    }

    func csv(for reader: StatementReader) -> [String?] {
        [
            "\(transfer)", kind.rawValue, "\(businessDay)", campaign.map { "\($0)" }, "\(amount.minor)", "\(changeMinor)",
            amount.asset.code, postedAt.map { "\($0)" },
        ] + (facts?.csv ?? RedeemedFacts.csvColumns.map { _ in nil }) + [facts.map { "\($0.claimedMinor)" }]
            + reader.receiptFields(facts?.receipt) + [facts?.depthBP.map { "\($0)" }]
    }

    var after: LineFilter.After { LineFilter.After(day: businessDay, id: transfer.value) }

    var cursor: String { "\(businessDay) \(transfer)" }
}
