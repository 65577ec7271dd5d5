import Campaigns
import JSONText
package import Kernel
import Receipts

package enum RedemptionKind: IDKind { package static let prefix = "redemption" }
package typealias RedemptionID = TypedID<RedemptionKind>

/// A discount given on a receipt line and what was paid of it: the claim of its money, once for (line, campaign).
struct Redemption: Sendable {
    let id: RedemptionID
    let lineNo: Int32
    let campaign: CampaignID
    let claimedMinor: Int64
    let allowedMinor: Int64
    let fundedMinor: Int64
    let feeMinor: Int64
    let reason: String?
}

extension Redemption: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("redemption_id", id)
            json.field("line_no", lineNo)
            json.field("campaign_id", campaign)
            json.field("claimed_amount", claimedMinor)
            json.field("allowed_amount", allowedMinor)
            json.field("funded_amount", fundedMinor)
            json.field("reason", reason)
        }
    }
}

/// The answer to a posted receipt: what became of it and of each discount.
struct PostedReceipt: Sendable, JSONWritable {
    let state: String
    let redemptions: [Redemption]
    let stubProducts: [ExternalID]
    let isStubStore: Bool
    let returns: [ReturnedLine]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("state", state)
            json.array("discounts", redemptions) { $1.write(to: &$0) }
            json.array("returns", returns) { json, line in
                json.object { json in
                    json.field("line_no", line.lineNo)
                    json.field("match", word: line.match)
                }
            }
            json.field("stub_products", stubProducts)
            json.field("stub_store", isStubStore)
        }
    }
}
