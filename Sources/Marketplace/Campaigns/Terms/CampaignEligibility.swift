package import Audiences
package import HTTPSupport
package import JSONText
import Kernel

/// For whom a campaign is (DOMAIN 17).
package enum CampaignEligibility: Hashable, Sendable {
    /// An open campaign: without a shopper too, and without a holdout.
    case everyone
    case audience(AudienceChoice)
}

/// A version of a saved audience, and whether its members are those of the launch or come and go.
package struct AudienceChoice: Hashable, Sendable {
    package enum Mode: String, CaseIterable, Sendable { case frozen, live }

    package let audience: AudienceID
    package let version: Int64
    package let mode: Mode

    package init(audience: AudienceID, version: Int64, mode: Mode) {
        self.audience = audience
        self.version = version
        self.mode = mode
    }
}

extension CampaignEligibility: JSONWritable {
    private enum Kind: String, CaseIterable { case everyone, audience }

    /// `{"type": "everyone"}` or `{"type": "audience", "audience_id": ..., "version": 1, "mode": "frozen"}`.
    package init(_ fields: Fields) {
        switch fields.word("type", Kind.self) {
        case .everyone: self = .everyone
        case .audience:
            self = .audience(
                AudienceChoice(
                    audience: fields.id("audience_id"), version: fields.integer("version", in: 1...Int64(Int32.max)),
                    mode: fields.wordIfPresent("mode") ?? .frozen))
        }
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .everyone: json.field("type", "everyone")
            case .audience(let choice):
                json.field("type", "audience")
                json.field("audience_id", choice.audience)
                json.field("version", choice.version)
                json.field("mode", word: choice.mode)
            }
        }
    }
}
