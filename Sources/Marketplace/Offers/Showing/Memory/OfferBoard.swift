import Campaigns
import Kernel

/// A store's offers in one reader's languages, rendered and ranked: what is left to do for a shopper is to pick some and to
/// say what of the limits is left to them. Nil as a store stands for the retailer as a whole.
final class OfferBoard: Sendable {
    struct Row: Sendable {
        let rank: OfferRank
        let slot: Int
        let face: Int
        let isForAdults: Bool
        /// The discount on a piece, fees apart, in minor units; 0 of what is no piece and of what is bought together.
        let pieceMinor: Int64
        /// The terms in `texts`: an object of JSON that is still open.
        let terms: Range<Int>
        /// The category of the product and all that it lies in.
        let categories: Set<ExternalID>
    }

    let stage: OfferStage
    /// As they are on the business day there, by slot.
    let campaigns: [RunningCampaign]
    /// The slots of what is open to everyone.
    let open: [Int]
    /// By slot.
    let needsActivation: [Bool]
    /// The business day there.
    let today: BusinessDay
    /// When it may be shown, by the clock: one that was put back or forward makes it worthless.
    let good: Range<Instant>
    /// The best first.
    let rows: [Row]
    let texts: [UInt8]
    /// The rows of each face, the best first.
    let rowsOfFace: [[Int32]]
    /// The largest discount on a piece of each face.
    let pieceMaxOfFace: [Int64]
    /// The face of each slot where it has but one.
    let faceOfSlot: [Int]
    /// When an offer ends, as JSON: by place of its promise, nil where that does not cover the day.
    let endsOfPromise: [[UInt8]?]
    /// When an offer ends that is open to everyone, by slot.
    let endsOfOpen: [[UInt8]?]
    private let categories: Set<ExternalID>

    init(
        stage: OfferStage, campaigns: [RunningCampaign], today: BusinessDay, good: Range<Instant>, rows: [Row], texts: [UInt8],
        ends: OfferEnds
    ) {
        (self.stage, self.campaigns, self.today, self.good, self.rows, self.texts) = (stage, campaigns, today, good, rows, texts)
        open = campaigns.indices.filter { campaigns[$0].isForEveryone }
        needsActivation = campaigns.map(\.needsActivation)
        var rowsOfFace = [[Int32]](repeating: [], count: stage.faces.count)
        var pieceMaxOfFace = [Int64](repeating: 0, count: stage.faces.count)
        for (number, row) in rows.enumerated() {
            rowsOfFace[row.face].append(Int32(number))
            pieceMaxOfFace[row.face] = max(pieceMaxOfFace[row.face], row.pieceMinor)
        }
        (self.rowsOfFace, self.pieceMaxOfFace) = (rowsOfFace, pieceMaxOfFace)
        var faceOfSlot = [Int](repeating: 0, count: stage.campaigns.count)
        for (number, face) in stage.faces.enumerated() { faceOfSlot[face.slot] = number }
        self.faceOfSlot = faceOfSlot
        endsOfPromise = stage.promises.map { promise in
            guard let promise, promise.covers(today), !campaigns[promise.slot].isForEveryone else { return nil }
            return ends[promise.slot, through: promise.endsOn]
        }
        categories = rows.reduce(into: []) { $0.formUnion($1.categories) }
        endsOfOpen = campaigns.indices.map { ends[$0, through: campaigns[$0].lastDayOfVersion(on: today)] }
    }

    /// Whether a promise, by its place, is of this day.
    func covers(_ place: Int) -> Bool { endsOfPromise[place] != nil }

    /// Whether something of a category, or of one that lies in it, is offered to anybody.
    func hasCategory(_ category: ExternalID) -> Bool { categories.contains(category) }

    var byteCount: Int { texts.count + rows.count * 160 + endsOfPromise.count * 24 }
}

/// When offers end, as JSON: with the campaign, or with the last day of the promise.
struct OfferEnds: Sendable {
    private struct Key: Hashable {
        let slot: Int
        let through: BusinessDay?
    }

    private var texts: [Key: [UInt8]] = [:]

    subscript(slot: Int, through day: BusinessDay?) -> [UInt8]? {
        get { texts[Key(slot: slot, through: day)] }
        set { texts[Key(slot: slot, through: day)] = newValue }
    }
}

/// What one board is of.
struct BoardName: Sendable, Hashable {
    let store: ExternalID?
    let reader: LanguagePreferences
}
