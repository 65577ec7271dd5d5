import Campaigns
import HTTPSupport
import JSONText
import Kernel

/// What an app tells of one shopper and one campaign's offer.
struct OfferEvent: Sendable, Hashable {
    enum Kind: String, Sendable, CaseIterable {
        /// The offer was on the screen.
        case impression
        /// It was opened.
        case click
        /// The shopper wants it, where a campaign asks for that.
        case activation
    }

    let kind: Kind
    let shopper: ExternalID
    let campaign: CampaignID
    /// When it was, by the app's clock. An activation holds from the moment when it came.
    let at: Instant
}

extension OfferEvent {
    init(_ fields: Fields) {
        kind = fields.word("type")
        shopper = fields.externalID("shopper_id")
        campaign = fields.id("campaign_id")
        at = fields.instant("at")
    }
}

/// Events that are posted together, each with an answer of its own.
struct OfferEventBatch: Sendable {
    static let eventsMax = 1_000

    let events: [OfferEvent]

    init(_ call: Call) throws {
        events = try call.json { fields in fields.objects("events", count: 1...Self.eventsMax, OfferEvent.init(_:)) }
    }
}

/// Why one event of a batch does not count. The others do.
enum OfferEventRefusal: String, Sendable, CaseIterable {
    case unknownShopper = "unknown_shopper"
    /// Or it was never launched, or is long closed.
    case unknownCampaign = "unknown_campaign"
    /// Older than `RecordOfferEvents.daysMax`.
    case tooOld = "too_old"
    /// Later than the server's clock allows.
    case inFuture = "in_future"
    /// What the shopper looks at is not kept: they want nothing chosen for them.
    case noPersonalOffers = "no_personal_offers"
    case needsNoActivation = "needs_no_activation"
    case notRunning = "not_running"
    case notPromised = "not_promised"

    var detail: String {
        switch self {
        case .unknownShopper: "There is no such shopper."
        case .unknownCampaign: "There is no such campaign, or it was never launched, or is long closed."
        case .tooOld: "It is more than \(RecordOfferEvents.daysMax) days old."
        case .inFuture: "It is later than now."
        case .noPersonalOffers: "The shopper wants no personal offers, so nothing is kept of them."
        case .needsNoActivation: "The campaign pays without being activated."
        case .notRunning: "The campaign does not run."
        case .notPromised: "The campaign's offer is not among the shopper's."
        }
    }
}

/// What became of a batch: each event was counted, was known before, or is refused.
struct OfferEventAnswer: Sendable, JSONWritable {
    var counted = 0
    var repeated = 0
    /// By place in the batch.
    var refused: [(index: Int, refusal: OfferEventRefusal)] = []

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("counted", counted)
            json.field("repeated", repeated)
            json.array("refused", refused.sorted { $0.index < $1.index }) { json, one in
                json.object { json in
                    json.field("pointer", "/events/\(one.index)")
                    json.field("code", one.refusal.rawValue)
                    json.field("detail", one.refusal.detail)
                }
            }
        }
    }
}
