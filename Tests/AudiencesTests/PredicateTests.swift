import Audiences
import HTTPSupport
import JSONText
import Kernel
import Profiles
import TestSupport
import Testing

@Suite struct PredicateTests {
    private func parse(_ json: JSONValue) throws -> Predicate {
        try Fields.read(["predicate": json]) { Predicate($0, "predicate") }
    }

    private func problems(_ json: JSONValue) -> [String] {
        do {
            _ = try parse(json)
            return []
        } catch {
            return ((error as? Problem)?.fields ?? []).map { "\($0.pointer) \($0.code)" }.sorted()
        }
    }

    @Test(
        arguments: [
            ["stores": ["any": ["s1", "s2"], "min_receipts": 2]], ["average_check": ["gte": 100, "lt": 200]],
            ["purchase_frequency": ["gte": 1, "lte": 4]], ["spend": ["lt": 5]], ["recency_days": ["gte": 30]],
            ["favourite_brands": ["any": ["b"], "top": 3]],
            ["bought": ["categories": ["c"], "within_days": 180, "min_receipts": 2]], ["traits": ["all": ["cat_owner"]]],
            ["tags": ["any": ["vip"]]], ["rfm": ["segments": ["at_risk", "lost"]]], ["rfm": ["r": ["gte": 4], "m": ["gte": 2]]],
            ["all": [["any": [["not": ["spend": ["gte": 1]]]]]]],
        ] as [JSONValue])
    func `a predicate is written as it was read`(json: JSONValue) throws {
        #expect(try JSONReader.parse(parse(json).jsonBytes) == json)
    }

    @Test func `what is left out has its default`() throws {
        let predicate = try parse(["all": [["favourite_brands": ["any": ["b", "a", "b"]]], ["stores": ["any": ["s"]]]]])

        #expect(
            predicate
                == .all([
                    .leaf(.favouriteBrands(any: [ExternalID(stored: "a"), ExternalID(stored: "b")], top: 3)),
                    .leaf(.stores(any: [ExternalID(stored: "s")], minReceipts: 1)),
                ]))
    }

    @Test func `whatever is wrong points at its leaf`() {
        #expect(problems(["all": [["spend": ["gte": 5, "lt": 5]]]]) == ["/predicate/all/0/spend/lt empty_range"])
        #expect(
            problems(["any": [["colour": ["is": "red"]]]]) == [
                "/predicate/any/0 one_member", "/predicate/any/0/colour unknown_field",
            ])
        #expect(
            problems(["not": ["bought": ["within_days": 31]]]) == [
                "/predicate/not/bought required", "/predicate/not/bought/within_days unknown_window",
            ])
        #expect(problems(["spend": ["gte": 1], "tags": ["any": ["x"]]]) == ["/predicate one_member"])
        #expect(problems(["all": []]) == ["/predicate/all bad_length"])
        #expect(problems(["rfm": ["r": ["gte": 6]]]) == ["/predicate/rfm/r/gte out_of_range"])
        #expect(problems(["traits": ["any": ["Cat"]]]) == ["/predicate/traits/any/0 bad_trait_name"])
        #expect(problems(["recency_days": ["gte": 4, "lte": 3]]) == ["/predicate/recency_days/lte empty_range"])
    }

    @Test func `eight deep is read, nine is refused where it is too deep`() {
        let leaf: JSONValue = ["spend": ["gte": 1]]
        let eight = (0..<7).reduce(leaf) { inner, _ in .object(["not": inner]) }

        #expect(problems(eight) == [])
        #expect(problems(["not": eight]).contains("/predicate/not/not/not/not/not/not/not/not too_deep"))
    }

    @Test func `64 leaves are read, the 65th is refused`() {
        let leaf: JSONValue = ["spend": ["gte": 1]]
        let half: JSONValue = .object(["all": .array([JSONValue](repeating: leaf, count: 32))])

        #expect(problems(["any": [half, half]]) == [])
        #expect(problems(["any": [half, half, leaf]]) == ["/predicate/any/2/spend too_many_leaves"])
    }

    @Test func `one question has one canonical text, however it is written`() throws {
        let (a, b): (JSONValue, JSONValue) = (["spend": ["gte": 1]], ["tags": ["any": ["y", "x"]]])
        let texts = try [
            ["all": [a, ["not": b]]], ["all": [["not": ["tags": ["any": ["x", "y"]]]], a, a]],
            ["not": ["any": [["not": a], b]]], ["all": [["all": [a]], ["any": [["not": b]]]]],
        ].map { try parse($0).canonicalBytes }

        #expect(Set(texts).count == 1)
        #expect(try parse(["all": [a, b]]).canonicalBytes != texts[0])
    }
}
