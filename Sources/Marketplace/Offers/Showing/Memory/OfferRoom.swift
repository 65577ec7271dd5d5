import Kernel
import Postgres

/// What the offers of all retailers of a node share.
struct OfferRoom: Sendable {
    let database: Database
    let world: OutsideWorld
    let bounds: OfferBounds
    let onNotice: @Sendable (RetailerID, OfferNotice) -> Void
}

/// What happens to offers in memory, for the log and the metrics.
package enum OfferNotice: Sendable {
    case loaded(shoppers: Int, bytes: Int, millis: Int64)
    /// They would take more memory than there may be; PostgreSQL answers.
    case tooLarge(bytes: Int)
    case dropped(OfferDrop)
    case failed(String)
}

/// Why offers are let go.
package enum OfferDrop: String, Sendable, CaseIterable { case idle, memory }
