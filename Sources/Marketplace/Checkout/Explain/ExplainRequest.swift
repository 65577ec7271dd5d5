import Campaigns
import HTTPSupport
import JSONText
import Kernel

/// A basket of which support asks why it gets what it gets, maybe at another time, maybe with campaigns that do not run yet.
struct ExplainRequest: Sendable {
    static let campaignsMax = 50
    static let aheadDaysMax: Int64 = 366

    let quote: QuoteRequest
    /// Nil: now.
    let at: Instant?
    /// Taken as running and as promised to the shopper.
    let campaigns: [CampaignID]

    init(_ fields: Fields) {
        quote = QuoteRequest(asking: fields)
        at = fields.instantIfPresent("at")
        campaigns = fields.listIfPresent("campaign_ids", max: Self.campaignsMax) { try JSONValue.id($0) } ?? []
    }

    /// The moment that is asked about; a problem where it is past or too far away: what was promised then is not kept.
    func moment(_ now: Instant) throws -> Instant {
        guard let at else { return now }
        guard at >= now, at <= now.adding(seconds: Self.aheadDaysMax * 86_400) else {
            throw Problem.invalid([
                FieldProblem(
                    pointer: "/at", code: "out_of_range", detail: "Must be from now to \(Self.aheadDaysMax) days ahead.")
            ])
        }
        return at
    }
}
