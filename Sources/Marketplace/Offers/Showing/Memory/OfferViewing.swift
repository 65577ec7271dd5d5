import Kernel

/// A question about offers with all that is needed to answer it for any shopper.
struct OfferViewing: Sendable {
    let question: OfferQuestion
    let board: OfferBoard
    let snapshot: OfferSnapshot
    let counters: OfferCounters

    func page(for shopper: ExternalID) async throws -> PickOffers {
        let viewer = snapshot.people.viewer(of: shopper)
        var counted: OfferCounters.Counted = [:]
        if let key = viewer.key, viewer.isCounted { counted = try await counters.counted(for: key) }
        return PickOffers(board: board, snapshot: snapshot, viewer: viewer, counted: counted, question: question)
    }
}
