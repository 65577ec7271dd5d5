import Campaigns
import HTTPSupport
import JSONText
import Kernel
import TestSupport
import Testing

@Suite struct TermsTests {
    @Test func `a local time has no offset and comes back as it was`() {
        #expect(LocalTime("2026-03-09T09:30:00").map { "\($0)" } == "2026-03-09T09:30:00")
        for bad in ["2026-03-09T09:30:00Z", "2026-03-09T09:30:00+03:00", "2026-03-09", "", "2026-02-30T00:00:00"] {
            #expect(LocalTime(bad) == nil, "\(bad)")
        }
    }

    @Test func `the end of a period does not belong to it`() {
        #expect(LocalTime("2026-03-16T00:00:00")?.lastDayBefore == BusinessDay("2026-03-15"))
        #expect(LocalTime("2026-03-16T00:00:01")?.lastDayBefore == BusinessDay("2026-03-16"))
    }

    @Test(arguments: [
        (Reward.percentOff(BasisPoints(stored: 1_500)), 9_990 as Int64, 1_499 as Int64, 1_500 as Int32, 1_649 as Int64),
        (.percentOff(BasisPoints(stored: 3_333)), 1, 0, 3_333, 0),
        (.amountOff(minor: 2_000), 9_990, 2_000, 2_003, 2_200),
        (.amountOff(minor: 2_000), 1_500, 1_500, 10_000, 1_650),
        (.fixedPrice(minor: 7_990), 9_990, 2_000, 2_003, 2_200),
        (.fixedPrice(minor: 9_990), 9_000, 0, 0, 0),
    ])
    func `a reward at a base price is worth its discount, its depth and 10 % more at most`(
        reward: Reward, base: Int64, discount: Int64, depth: Int32, most: Int64
    ) {
        #expect(reward.discount(atBase: base) == discount)
        #expect(reward.depth(atBase: base).value == depth)
        #expect(reward.defaultDiscountMax(atBase: base) == most)
    }

    @Test func `every bad member of a draft is named`() throws {
        let draft: JSONValue = [
            "name": "x", "products": ["ids": ["p1"]], "reward": ["type": "percent_off", "basis_points": 0],
            "starts_at": "2026-03-16T00:00:00", "ends_at": "2026-03-09T00:00:00", "budget": ["amount": 1, "currency": "USD"],
            "eligibility": ["type": "everyone"], "holdout_bp": 100, "follow_catalogue": true, "colour": "red",
        ]
        let problem = #expect(throws: Problem.self) {
            try Fields.read(draft) { CampaignTerms($0, over: nil, in: Asset(stored: "RUB")) }
        }
        #expect(
            problem?.fields.map { "\($0.pointer) \($0.code)" }.sorted() == [
                "/budget/currency wrong_currency", "/colour unknown_field", "/ends_at before_start",
                "/follow_catalogue nothing_to_follow", "/holdout_bp open_campaign", "/reward/basis_points out_of_range",
            ])
    }

    @Test func `an edit changes what it names and nothing else`() throws {
        let asset = Asset(stored: "RUB")
        let old = try Fields.read(TermsTests.draft) { CampaignTerms($0, over: nil, in: asset) }
        let new = try Fields.read(["name": "Other", "holdout_bp": 500]) { CampaignTerms($0, over: old, in: asset) }

        #expect(new.name == "Other")
        #expect(new.holdout.value == 500)
        #expect((new.products, new.reward, new.budget, new.limits) == (old.products, old.reward, old.budget, old.limits))
        #expect((new.startsAt, new.endsAt, new.days) == (old.startsAt, old.endsAt, 7))
    }

    static let draft: JSONValue = [
        "name": "Weekend milk", "products": ["brands": ["dairy"]], "reward": ["type": "percent_off", "basis_points": 1_500],
        "starts_at": "2026-03-09T00:00:00", "ends_at": "2026-03-16T00:00:00",
        "limits": ["units_per_shopper": 3, "units_per_receipt": 2], "budget": ["amount": 500_000, "currency": "RUB"],
        "eligibility": ["type": "audience", "audience_id": "audience_01j00000000000000000000000", "version": 1],
        "presentation": ["label": ["ru": "Скидка от поставщика"], "legal": ["advertiser": "Dairy"]],
    ]
}
