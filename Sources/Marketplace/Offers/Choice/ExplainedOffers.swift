import Campaigns
import JSONText
import Kernel

/// One campaign for one shopper, as the retailer reads it.
struct ExplainedOffer: Sendable {
    let offer: NamedOffer
    let verdict: OfferVerdict
    /// When its period was decided; nil: not yet.
    let madeAt: Instant?
    /// As it was promised; else as it would be now.
    let depthBP: Int32
    /// Why what was chosen was taken back; nil while it is in force.
    let withdrawn: WithdrawalReason?

    init(
        _ offer: NamedOffer, verdict: OfferVerdict, madeAt: Instant?, depthBP: Int32? = nil, withdrawn: WithdrawalReason? = nil
    ) {
        self.withdrawn = withdrawn
        self.depthBP = depthBP ?? offer.depthBp
        self.offer = offer
        self.verdict = verdict
        self.madeAt = madeAt
    }

    var campaign: CampaignID { offer.campaign }

    private var points: Int32 { offer.score.adding(millilogits: offer.pacing).millilogits }

    /// Those that are chosen first; more points, then id.
    static func precedes(_ left: ExplainedOffer, _ right: ExplainedOffer) -> Bool {
        let (chosen, other) = (left.verdict == .chosen, right.verdict == .chosen)
        if chosen != other { return chosen }
        return left.points != right.points ? left.points > right.points : left.campaign < right.campaign
    }
}

/// What the log keeps of one campaign for a shopper of the sample.
struct LoggedOffer: Sendable {
    let model: String
    let score: Int32
    let pacing: Int32
    let verdict: OfferVerdict
    let shownBp: Int32
}

/// What a shopper was promised for the period that runs, and why.
struct ExplainedOffers: Sendable, JSONWritable {
    let shopper: ExternalID
    let period: GrantPeriod
    let model: String
    let offers: [ExplainedOffer]
    /// Nil: the shopper is not of the sample.
    let logged: [CampaignID: LoggedOffer]?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("shopper_id", shopper)
            json.field("period", period)
            json.field("model", model)
            json.array("data", offers) { json, explained in
                let offer = explained.offer
                json.object { json in
                    json.field("campaign_id", explained.campaign)
                    json.field("name", offer.entry.name)
                    json.field("supplier_id", offer.entry.contender.supplier)
                    json.field("verdict", word: explained.verdict)
                    json.field("withdrawn", explained.withdrawn?.rawValue)
                    json.field("decided_at", explained.madeAt)
                    json.field("as_of", offer.asOf)
                    json.field("score", offer.score.millilogits)
                    json.field("pacing", offer.pacing)
                    json.field("depth_bp", explained.depthBP)
                    json.array("explanation", offer.model.explanation(of: offer.features)) { json, part in
                        json.object { json in
                            json.field("feature", part.feature)
                            json.field("millilogits", part.millilogits)
                        }
                    }
                    json.field("logged", logged?[explained.campaign])
                }
            }
        }
    }
}

extension LoggedOffer: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("model", model)
            json.field("score", score)
            json.field("pacing", pacing)
            json.field("verdict", word: verdict)
            json.field("shown_bp", shownBp)
        }
    }
}
