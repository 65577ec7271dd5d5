import HTTPSupport

/// Which operations are more, and which less, than usual.
package enum OperationClasses {
    /// Tills and the app call them all day, for each basket and each screen.
    package static let hot: Set<String> = [
        "quoteBasket", "releaseQuote", "postReceipt", "listShopperOffers", "queryOffers", "postOfferEvents",
    ]
    /// They read many rows for one answer.
    package static let heavy: Set<String> = [
        "previewAudience", "makeForecast", "submitCampaign", "listStatementLines", "listStatementUnfunded",
        "sealStatement", "getImportRejects", "getImportOutcomes", "previewDepthRules", "getCampaignDepths",
        "getCampaignLift",
    ]
    /// They are posted for their bodies and write nothing.
    package static let questions: Set<String> = ["explainBasket", "queryOffers", "previewDepthRules"]
}

extension Route {
    /// Of the class that its operation has.
    func classed() -> Route {
        var route = self
        if OperationClasses.hot.contains(operation) { route.kind = .hot }
        if OperationClasses.heavy.contains(operation) { route.kind = .heavy }
        return route
    }
}
