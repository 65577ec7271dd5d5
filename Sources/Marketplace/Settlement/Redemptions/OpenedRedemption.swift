import Campaigns
import Checkout
import JSONText
import Kernel
import Ledger
import Postgres

/// A redemption with who paid what of it and what came back.
struct OpenedRedemption: Sendable, Hashable {
    let facts: RedeemedFacts
    let businessDay: BusinessDay
    let campaign: CampaignID
    let version: Int64?
    let asset: Asset
    let allowedMinor: Int64
    let feeMinor: Int64
    let borneMinor: Int64
    let reason: String?
    var shares: [Share] = []
    var returns: [Return] = []

    /// What one wallet paid.
    struct Share: Sendable, Hashable {
        let wallet: WalletID
        let discountMinor: Int64
        let feeMinor: Int64
    }

    /// What one return gave back to one wallet.
    struct Return: Sendable, Hashable {
        let wallet: WalletID
        /// What had come back of the line by then.
        let quantityMilli: Int64
        let discountMinor: Int64
        let feeMinor: Int64
        let borneMinor: Int64
        let place: ReceiptPlace
        let showsPlace: Bool
    }
}

extension OpenedRedemption: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", facts.id)
            json.field("business_day", businessDay)
            json.field("campaign_id", campaign)
            json.field("campaign_version", version)
            facts.writeLine(to: &json)
            json.field("currency", asset.code)
            json.field("claimed_amount", facts.claimedMinor)
            json.field("allowed_amount", allowedMinor)
            json.field("funded_amount", facts.fundedMinor)
            json.field("fee_amount", feeMinor)
            json.field("unfunded_amount", facts.claimedMinor - facts.fundedMinor)
            json.field("borne_by_supplier_amount", borneMinor)
            json.field("reason", reason)
            json.field("receipt", facts.receipt)
            json.array("shares", shares) { json, share in
                json.object { json in
                    json.field("wallet_id", share.wallet)
                    json.field("discount_amount", share.discountMinor)
                    json.field("fee_amount", share.feeMinor)
                }
            }
            json.field("returns", returns)
        }
    }
}

extension OpenedRedemption.Return: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("wallet_id", wallet)
            json.field("business_day", place.businessDay)
            json.field("returned_quantity_milli", quantityMilli)
            json.field("discount_amount", discountMinor)
            json.field("fee_amount", feeMinor)
            json.field("borne_amount", borneMinor)
            json.field("receipt", showsPlace ? place : nil)
        }
    }
}
