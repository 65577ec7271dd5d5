package import Kernel
import Profiles

/// Which moment of a retailer an index is kept at.
package enum IndexView: String, Sendable, CaseIterable {
    /// The retailer's own: the last closed day, and today as far as it has come.
    case present
    /// Suppliers': the sample of shoppers, at the last Sunday that had closed.
    case weekly

    func moment(_ present: ProfileMoment, of sample: ShopperSample?) -> ProfileMoment {
        (self == .present ? present : present.weeklySnapshot).sampled(by: sample)
    }
}

/// The place of one index.
package struct IndexShelf: Hashable, Sendable {
    package let retailer: RetailerID
    package let view: IndexView
}

/// What a node may spend on indexes, and when it lets one go.
package struct IndexBounds: Sendable {
    /// Of all indexes together; 0 keeps none.
    package var bytesMax: Int
    /// Where copies are; nil keeps none.
    package var folder: String?
    /// An index that nobody has asked for so long is let go, its copy too.
    package var idleSecondsMax: Int64 = 3_600
    /// One that was asked within this time is followed at every look, another when it is asked again.
    package var warmSeconds: Int64 = 120
    /// A copy is written again so long after the last one, where something changed.
    package var secondsBetweenCopies: Int64 = 600
    /// How old what an index shows may be for an answer.
    package static let ageMillisMax: Int64 = 2_000
    /// Retailers and views.
    package static let shelvesMax = 2_000
    /// A statement that reads for a new index may take so long.
    package static let buildStatementMillisMax = 120_000
    /// An index that did not fit is not tried again for so long.
    static let tooLargeSeconds: Int64 = 3_600

    package init(bytesMax: Int = 1 << 30, folder: String? = nil) {
        self.bytesMax = bytesMax
        self.folder = folder
    }

    package static let off = IndexBounds(bytesMax: 0)
}
