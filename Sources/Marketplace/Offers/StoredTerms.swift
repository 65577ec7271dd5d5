import Campaigns
import HTTPSupport
import JSONText
import Postgres

/// Parts of a campaign's version as they stand in its JSON columns: what was checked on its way in.
extension Presentation {
    init(stored json: JSONB) throws { self = try Fields.read(try JSONReader.parse(json.text), Presentation.init(_:)) }
}

extension Reward {
    init(stored json: JSONB) throws { self = try Fields.read(try JSONReader.parse(json.text), Reward.init(stored:)) }
}

extension CampaignLimits {
    init(stored json: JSONB) throws { self = try Fields.read(try JSONReader.parse(json.text), CampaignLimits.init(_:)) }
}
