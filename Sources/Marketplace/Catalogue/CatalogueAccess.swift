import HTTPSupport
import Tenancy

extension Access {
    /// Who loads the catalogue.
    static let catalogueWriters = Access.retailer(.admin, .feed)
    /// Who reads products, brands, categories, price zones and stores.
    static let catalogueReaders = Access.anyRetailerRole | Access.anySupplierRole
}
