import Kernel

/// A question about offers with all that is needed to answer it for any shopper.
struct OfferViewing: Sendable {
    let question: OfferQuestion
    let board: OfferBoard
    let snapshot: OfferSnapshot
    let counters: OfferCounters

    func page(for shopper: ExternalID) async throws -> PickOffers {
        let viewer = snapshot.people.viewer(of: shopper)
        var use = OfferUse()
        if let key = viewer.key, viewer.isCounted || counters.isFresh(key) { use = try await counters.use(of: key) }
        return PickOffers(board: board, snapshot: snapshot, viewer: viewer, use: use, question: question)
    }
}
