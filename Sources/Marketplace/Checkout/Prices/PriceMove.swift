import Campaigns
import EventLog
import JSONText
import Kernel
import Offers
import Parties

/// A till's price at which a campaign's discount is more than `discount_max_per_unit`: a percentage or an amount is capped, a
/// fixed price withheld (DOMAIN 2). Both sides are told, once for a campaign, product and business day.
struct PriceMove: Sendable {
    let campaign: RunningCampaign
    let product: Int32
    let productID: ExternalID
    let terms: CampaignProductTerms
    /// Of one unit: a piece, a kilogram, a litre, a metre.
    let baseMinor: Int64

    var isWithheld: Bool { if case .fixedPrice = campaign.reward.nearest { true } else { false } }

    func event(_ asset: Asset) -> Event {
        var event = Event(
            "campaign.price_moved", about: EventSubject(campaign.id), suppliers: campaign.supplier.map { [$0] } ?? []
        ) { json in
            json.field("campaign_id", campaign.id)
            json.field("supplier_id", campaign.supplier)
            json.field("agreement_id", campaign.agreement.map(AgreementID.init))
            json.field("name", campaign.name)
            json.field("state", word: campaign.state)
            json.field("version", campaign.version)
            json.field("product_id", productID)
            json.field("recorded_base", terms.recordedBaseMinor.map { Money(minor: $0, asset: asset) })
            json.field("base", Money(minor: baseMinor, asset: asset))
            json.field("discount_max_per_unit", Money(minor: terms.discountMaxPerUnitMinor, asset: asset))
            json.field("is_withheld", isWithheld)
        }
        event.campaign = campaign.id.value
        return event
    }
}

extension CheckoutSituation {
    /// The moved prices of the basket, under campaigns that run and speak to it. Each product once, at its first line.
    var priceMoves: [PriceMove] {
        let firsts = Dictionary(
            basket.lines.filter { !$0.isClosed && $0.units > 0 }.map { ($0.product, $0) }
        ) { first, _ in first }
        return campaigns.filter { $0.state == .running && $0.reasonAgainst(basket) == nil }.flatMap { campaign in
            campaign.touched(of: firsts).sorted { $0.lineNo < $1.lineNo }.compactMap { line -> PriceMove? in
                guard let terms = campaign.products[line.product], let id = products[line.product] else { return nil }
                let part = PricedPart(of: line, units: line.units)
                let wanted = campaign.reward.discount(on: part, priceStep: policy.priceStepMinor)
                guard wanted > part.scaled(terms.discountMaxPerUnitMinor) else { return nil }
                let base = Int64(Int128(part.baseMinor) * 1000 / Int128(part.quantityMilli))
                return PriceMove(campaign: campaign, product: line.product, productID: id, terms: terms, baseMinor: base)
            }
        }
    }
}
