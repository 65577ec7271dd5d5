package import JSONText
import Kernel

extension WalletBalance: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", wallet.id)
            json.field("name", wallet.name)
            json.field("supplier_id", wallet.supplier)
            json.field("agreement_id", wallet.agreement)
            json.field("currency", wallet.asset.code)
            json.object("balance") { json in
                json.field("available", Money(minor: available, asset: wallet.asset))
                json.field("posted", Money(minor: posted, asset: wallet.asset))
                json.field("in_campaigns", Money(minor: inCampaigns, asset: wallet.asset))
            }
            json.field("low_balance", lowBalance.map { Money(minor: $0, asset: wallet.asset) })
            json.field("created_at", wallet.createdAt)
        }
    }
}
