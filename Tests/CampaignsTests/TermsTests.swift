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

    private static let badPaces: [(pacing: JSONValue, problem: String)] = [
        ([:], "/pacing required"), (["even": false], "/pacing required"),
        (["amount_per_day": ["amount": 0, "currency": "RUB"]], "/pacing/amount_per_day/amount out_of_range"),
        (["amount_per_store": ["amount": 5, "currency": "USD"]], "/pacing/amount_per_store/currency wrong_currency"),
        (["per_week": 5, "even": true], "/pacing/per_week unknown_field"),
        (
            [
                "amount_per_day": ["amount": 5, "currency": "RUB"], "amount_per_store_day": ["amount": 6, "currency": "RUB"],
            ], "/pacing/amount_per_store_day out_of_range"
        ),
    ]

    @Test(arguments: badPaces)
    func `a pace that is none, or contradicts itself, is refused where it does`(pacing: JSONValue, problem: String) throws {
        let asset = Asset(stored: "RUB")
        let old = try Fields.read(TermsTests.draft) { CampaignTerms($0, over: nil, in: asset) }
        let refused = #expect(throws: Problem.self) {
            try Fields.read(["pacing": pacing]) { CampaignTerms($0, over: old, in: asset) }
        }
        #expect(refused?.fields.map { "\($0.pointer) \($0.code)" } == [problem])
    }

    @Test func `a pace stays until an edit names it, and null takes it away`() throws {
        let asset = Asset(stored: "RUB")
        let old = try Fields.read(TermsTests.draft) { CampaignTerms($0, over: nil, in: asset) }
        let paced = try Fields.read(["pacing": ["even": true]]) { CampaignTerms($0, over: old, in: asset) }
        let renamed = try Fields.read(["name": "Other"]) { CampaignTerms($0, over: paced, in: asset) }
        let freed = try Fields.read(["pacing": nil]) { CampaignTerms($0, over: renamed, in: asset) }

        #expect(renamed.pacing == Pacing(isEven: true))
        #expect(freed.pacing == nil)
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

    @Test(
        arguments: [
            (["type": "n_for_m", "take": 3, "pay_for": 2], 3_334, nil),
            (["type": "lines_percent_off", "basis_points": 700], 700, nil),
            (TermsTests.set(["price": 15_000]), 5_000, ["p1": 10_000, "p2": 20_000]),
            // The dearest choice is the deepest at a price, the cheapest with an amount.
            (TermsTests.set(["price": 15_000], ["p2", "p3"]), 6_250, ["p1": 10_000, "p2": 20_000, "p3": 30_000]),
            (TermsTests.set(["amount_off": 3_000], ["p2", "p3"]), 1_000, ["p1": 10_000, "p2": 20_000, "p3": 30_000]),
            (TermsTests.set(["basis_points": 500]), 500, nil),
        ] as [(JSONValue, Int32, [String: Int64]?)])
    func `a reward on several lines is judged by the share that it takes off all of them`(
        json: JSONValue, depth: Int32, prices: [String: Int64]?
    ) throws {
        let reward = try Fields.read(json, BasketReward.init(_:))
        let known = Dictionary((prices ?? [:]).map { (ExternalID(stored: $0), $1) }) { first, _ in first }

        #expect(reward.depth(atPrices: known)?.value == depth)
        #expect(try Fields.read(JSONReader.parse(reward.jsonBytes), Reward.init(stored:)) == .basket(reward))
    }

    @Test(
        arguments: [
            (["type": "n_for_m", "take": 2, "pay_for": 2], ["/basket_reward/pay_for out_of_range"]),
            (["type": "n_for_m", "take": 1, "pay_for": 1], ["/basket_reward/take out_of_range"]),
            (
                ["type": "three_for_two", "take": 3, "pay_for": 2], ["/basket_reward/type unknown_word"]
            ),
            (["type": "lines_percent_off", "basis_points": 0], ["/basket_reward/basis_points out_of_range"]),
            (
                ["type": "set", "price": 1, "amount_off": 1, "parts": [["products": ["p1"], "quantity": 1]]],
                ["/basket_reward/amount_off one_only", "/basket_reward/parts bad_length"]
            ),
            (
                [
                    "type": "set", "price": 1,
                    "parts": [["products": ["p1"], "quantity": 0], ["products": ["p1"], "quantity": 2]],
                ],
                ["/basket_reward/parts repeated", "/basket_reward/parts/0/quantity out_of_range"]
            ),
        ] as [(JSONValue, [String])])
    func `a bad reward on several lines is named by its member`(json: JSONValue, problems: [String]) throws {
        var draft = Self.draft.members
        draft["reward"] = nil
        draft["basket_reward"] = json
        draft["products"] = ["ids": ["p1"]]
        let terms = JSONValue.object(draft)
        let problem = #expect(throws: Problem.self) {
            try Fields.read(terms) { CampaignTerms($0, over: nil, in: Asset(stored: "RUB")) }
        }

        #expect(problem?.fields.map { "\($0.pointer) \($0.code)" }.sorted() == problems)
    }

    @Test func `one reward takes the place of the other, and what was shown may be sent back`() throws {
        let asset = Asset(stored: "RUB")
        let old = try Fields.read(Self.draft) { CampaignTerms($0, over: nil, in: asset) }
        let together: JSONValue = ["type": "n_for_m", "take": 4, "pay_for": 3]
        let shown: JSONValue = ["type": "percent_off", "basis_points": 2_500]
        let new = try Fields.read(["reward": shown, "basket_reward": together]) { CampaignTerms($0, over: old, in: asset) }
        let renamed = try Fields.read(["name": "Other", "stacking_group": "dairy"]) { CampaignTerms($0, over: new, in: asset) }
        let back = try Fields.read(["reward": shown, "basket_reward": .null]) { CampaignTerms($0, over: new, in: asset) }
        let both = #expect(throws: Problem.self) {
            try Fields.read(["reward": ["type": "percent_off", "basis_points": 1], "basket_reward": together]) {
                CampaignTerms($0, over: old, in: asset)
            }
        }

        #expect(new.reward == .basket(.nForM(take: 4, payFor: 3)))
        #expect((renamed.reward, renamed.stackingGroup) == (new.reward, "dairy"))
        #expect(back.reward == .percentOff(BasisPoints(stored: 2_500)))
        #expect(both?.fields.map(\.pointer) == ["/basket_reward"])
    }

    static func set(_ gain: JSONValue, _ second: [String] = ["p2"]) -> JSONValue {
        var set = gain.members
        set["type"] = "set"
        set["parts"] = [
            ["products": ["p1"], "quantity": 1], ["products": .array(second.map { .string($0) }), "quantity": 1],
        ]
        return .object(set)
    }

    static let draft: JSONValue = [
        "name": "Weekend milk", "products": ["brands": ["dairy"]], "reward": ["type": "percent_off", "basis_points": 1_500],
        "starts_at": "2026-03-09T00:00:00", "ends_at": "2026-03-16T00:00:00",
        "limits": ["units_per_shopper": 3, "units_per_receipt": 2], "budget": ["amount": 500_000, "currency": "RUB"],
        "eligibility": ["type": "audience", "audience_id": "audience_01j00000000000000000000000", "version": 1],
        "presentation": ["label": ["ru": "Скидка от поставщика"], "legal": ["advertiser": "Dairy"]],
    ]
}
