import Checkout
import Offers
import Receipts
package import Shoppers

extension ShopperConsequences {
    /// Everything that names shoppers, in the order of the locks that it takes.
    package static let all = ShopperConsequences(
        onErasure: [ReceiptsOfShopper.erase, CheckoutOfShopper.erase, OffersOfShopper.erase, OffersToldOfShopper.erase],
        onMerge: [ReceiptsOfShopper.merge, CheckoutOfShopper.merge, OffersToldOfShopper.merge],
        onDetachment: [ReceiptsOfShopper.detach])
}
