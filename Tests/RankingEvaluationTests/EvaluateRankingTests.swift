import JSONText
import Kernel
import Offers
import SystemPackage
import Testing

@testable import RankingEvaluation

/// The evaluation on sets of a few lines, whose figures are known.
@Suite struct EvaluateRankingTests {
    private static var settings: RankingSettings {
        var settings = RankingSettings()
        (settings.draws, settings.manufacturerRedeemersMin) = (20, 5)
        return settings
    }

    @Test func `features count what was bought, shown and used before the campaign's start`() throws {
        let known = try features(of: .journey(), household: "h1", campaign: 1)

        // Bought p1 on five days before 2017-10-04, the last 22 days before; redeemed in the first campaign 177 days before.
        #expect(known.productReceipts == 5 && known.products == .within30Days)
        #expect(known.brandReceipts == 5 && known.categoryReceipts == 5 && known.receipts == 5 && known.recencyDays == 22)
        #expect(known.lines == 5 && known.discountLines == 2 && known.couponLines == 0)
        #expect(known.redemptions == 1 && known.campaignsRedeemed == 1 && known.campaignsSeen == 1)
        #expect(known.similarRedemptions == 1 && known.redeemedDaysAgo == 177)
        #expect(known.spendPlaceBp == 0)
        // 253 days between the first and the last of five.
        #expect(known.dueBp == Int32(22 * 10_000 * 4 / 253))
        // In September p1 and p2 were bought by the 20 keen ones, and by 20 of the other 60.
        #expect(known.reachBp == 5_000)
    }

    @Test func `nothing of the campaign's own time is known`() throws {
        var later = SetFolder.journey()
        for day in ["2017-10-04", "2017-10-05", "2017-12-01"] {
            later.files["dev/receipt_lines.csv.gz", default: []] += (1...80).map {
                "h\($0),s1,n\($0)-\(day),\(day),p1,1,9.0,1.0,1.0,0"
            }
            later.files["dev/redemptions.csv.gz", default: []] += (1...80).map { "h\($0),c2,2,\(day)" }
        }

        for household in ["h1", "h2", "h3", "h80"] {
            #expect(
                try features(of: .journey(), household: household, campaign: 1)
                    == features(of: later, household: household, campaign: 1))
        }
    }

    @Test func `redeemers are told from others, and their number is expected`() throws {
        let report = try #require(
            try SetFolder.journey().written { try EvaluateRanking($0, Self.settings).reports() }.first)

        let grain = try #require(report.grains.first)
        #expect(report.set == "complete_journey" && report.grains.map(\.name) == ["campaign", "campaign_x_manufacturer"])
        #expect(grain.offers == 1 && grain.users == 16)
        #expect((grain.measure("ours")?.auc ?? 0) > 0.95 && (grain.measure("past_redemptions")?.auc ?? 0) == 1)
        let level = try #require(report.level?.campaigns.first)
        #expect(level.id == "2" && level.shown == 80 && level.actual == 16 && level.isWhole && level.isInside)
    }

    @Test func `who buys next is told from habits`() throws {
        let report = try #require(
            try SetFolder.wholeReceipts().written { try EvaluateRanking($0, Self.settings).reports() }.first)

        let grain = try #require(report.grains.first)
        #expect(report.set == "sort_of_real" && report.level == nil && grain.offers == 5)
        #expect((grain.measure("ours")?.auc ?? 0) > 0.8)
    }

    @Test func `a folder of several sets gives a report for each, the same each time`() throws {
        let journey = SetFolder.journey().files.map { ("complete_journey/\($0)", $1) }
        let whole = SetFolder.wholeReceipts().files.map { ("sort_of_real/\($0)", $1) }
        let both = SetFolder(files: Dictionary(uniqueKeysWithValues: journey + whole))

        let texts = try both.written { folder in
            try (0..<2).map { _ in try EvaluateRanking(folder, Self.settings).reports().map(\.text) }
        }

        #expect(texts[0].count == 2 && texts[0] == texts[1])
        #expect(texts[0][0].contains("campaign: 1 offers, 16 users") && texts[0][0].contains("ours minus logistic"))
    }

    @Test func `a report is JSON for machines`() throws {
        let report = try #require(
            try SetFolder.journey().written { try EvaluateRanking($0, Self.settings).reports() }.first)

        let json = try JSONReader.parse(report.jsonBytes)

        guard case .object(let members) = json, case .array(let grains) = members["grains"],
            case .object(let level) = members["level"]
        else {
            Issue.record("\(json)")
            return
        }
        #expect(members["set"] == .string("complete_journey") && grains.count == 2)
        #expect(Set(level.keys) == ["all", "whole", "campaigns"])
    }

    @Test func `the prior can be fitted anew, and prints the tables of the source`() throws {
        let journey = SetFolder.journey().files.map { ("complete_journey/\($0)", $1) }
        let whole = SetFolder.wholeReceipts().files.map { ("sort_of_real/\($0)", $1) }
        let both = SetFolder(files: Dictionary(uniqueKeysWithValues: journey + whole))

        let fitted = try both.written { try EvaluateRanking($0, Self.settings).fittedPrior() }

        #expect(
            fitted.text.contains("// purchases: interceptMillilogits: ")
                && fitted.text.contains("            case .productReceipts: "))
        #expect(RankingFeature.all.allSatisfy { !$0.isWelcome || fitted.prior.weights[$0.rawValue] >= 0 })
        #expect(throws: DataFault.self) {
            try SetFolder.journey().written { try EvaluateRanking($0, Self.settings).fittedPrior() }
        }
    }

    @Test(arguments: [(0.0, 3, "0.000"), (-0.0316, 2, "-0.03"), (12.3456, 1, "12.3"), (99.6, 0, "100"), (-1.5, 3, "-1.500")])
    func `numbers are written with so many digits`(value: Double, digits: Int, text: String) {
        #expect(value.digits(digits) == text)
    }

    private func features(of set: SetFolder, household: String, campaign: Int) throws -> OfferFeatures {
        try set.written { folder in
            let journey = try JourneyReader.read(DataFolder(folder), part: "dev")
            let history = JourneyHistory(journey, fittedBefore: Self.settings.fittedBefore)
            let offer = journey.manufacturerOffers.filter { $0.campaign == campaign }[0]
            return history.features(of: offer).features(of: try #require(journey.households.number(household)))
        }
    }
}
