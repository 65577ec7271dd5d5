package import Audiences
package import Checkout
package import HTTPSupport
package import Offers
package import Parties
package import Receipts
package import Webhooks

/// What an operator decides about a node, as its parts take it.
package struct NodeSettings: Sendable {
    package var environment: KeyToken.Environment
    package var limits: Limits
    package var webhooks: WebhookSettings
    package var quoteKey: QuoteKey
    package var reference: ReferenceFiles
    /// Of the numbers that suppliers see; nil where the database keeps it.
    package var noiseKey: [UInt8]?
    /// Suppliers' numbers are computed from one shopper in so many.
    package var supplierSample = SupplierSampling.oneInDefault
    package var crossOrigin = CrossOrigin.off
    package var importLimits = ImportLimits()
    package var commits = CommitBounds()
    package var audienceIndex = IndexBounds.off
    package var offers = OfferBounds.off

    package init(
        environment: KeyToken.Environment, limits: Limits, webhooks: WebhookSettings, quoteKey: QuoteKey,
        reference: ReferenceFiles
    ) {
        self.environment = environment
        self.limits = limits
        self.webhooks = webhooks
        self.quoteKey = quoteKey
        self.reference = reference
    }

    /// As the configuration says, apart from what a node keeps in memory.
    package init(_ configuration: Configuration, _ keys: MasterKeys, _ reference: ReferenceFiles) {
        self.init(
            environment: configuration.environment, limits: configuration.limits, webhooks: configuration.webhooks(keys),
            quoteKey: keys.quoteKey, reference: reference)
        noiseKey = configuration.noiseKey
        supplierSample = configuration.supplierSample
        crossOrigin = configuration.crossOrigin
        importLimits = configuration.importLimits
    }
}
