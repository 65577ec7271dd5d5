import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

@Suite struct TagTests {
    @Test func `lists are changed by adding and taking off, replaced as a whole, and counted`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (feed, marketer) = (try await market.key(of: retailer, .feed), try await market.key(of: retailer, .marketer))
            let path = "/v1/retailers/\(retailer)/tags/vip%20club/members"

            let first = try await market.post(path, as: feed, ["add": ["h1", "h2", "h1"]])
            let second = try await market.post(path, as: feed, ["add": ["h3"], "remove": ["h1", "h9"]])
            let replaced = try await market.put(path, as: feed, ["shopper_ids": ["h3", "h4"]])
            let counts = try await market.get("/v1/retailers/\(retailer)/tags", as: marketer)
            let emptied = try await market.put(path, as: feed, ["shopper_ids": []])

            #expect(first.json == ["added": 2, "removed": 0, "unknown": 0])
            #expect(second.json == ["added": 1, "removed": 1, "unknown": 1])
            #expect(replaced.json == ["added": 1, "removed": 1, "unknown": 0])
            #expect(counts.json == ["data": [["tag": "vip club", "shoppers": 2]], "next_cursor": nil])
            #expect(emptied.json == ["added": 0, "removed": 2, "unknown": 0])
        }
    }

    @Test func `one shopper is put on a list and taken off, each as often as one likes`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let shopper = "/v1/retailers/\(retailer)/shoppers/h1"

            let put = try await market.send(.put, "\(shopper)/tags/cats", as: feed, nil)
            let again = try await market.send(.put, "\(shopper)/tags/cats", as: feed, nil)
            let on = try await market.get(shopper, as: feed)
            let off = try await market.delete("\(shopper)/tags/cats", as: feed)
            let offAgain = try await market.delete("\(shopper)/tags/cats", as: feed)
            let after = try await market.get(shopper, as: feed)

            #expect([put.status, again.status, off.status, offAgain.status] == [204, 204, 204, 204])
            #expect(on.json["tags"] == ["cats"])
            #expect(after.json["tags"] == [])
        }
    }

    @Test func `a batch of memberships refuses unknown shoppers to take off and keeps the last word`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let cats = try #require(TagName("cats"))
            let outcome = try await market.load(retailer) { tx, now in
                try tx.upsert(
                    [
                        TagMembership(tag: cats, shopper: "h1"), TagMembership(tag: cats, shopper: "h2", isMember: false),
                        TagMembership(tag: cats, shopper: "h3"), TagMembership(tag: cats, shopper: "h1", isMember: false),
                    ], of: retailer, at: now)
            }

            #expect(outcome.created == 1)
            #expect(outcome.unchanged == 1)
            #expect(outcome.superseded == 1)
            #expect(outcome.stubs == 2)
            #expect(outcome.refused.map { "\($0.index) \($0.problem.code)" } == ["1 unknown_shopper"])
        }
    }

    @Test func `a tag that is too long or unclean is refused, in the path and in a line`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let long = String(repeating: "я", count: 33)

            let path = try await market.send(.put, "/v1/retailers/\(retailer)/shoppers/h1/tags/%09", as: feed, nil)
            let line = #expect(throws: Problem.self) {
                try Fields.read(["tag": .string(long), "shopper_id": "h1"]) { TagMembership($0) }
            }

            #expect(path.status == 422)
            #expect(path.json["errors"][0]["pointer"] == "{tag}")
            #expect(line?.fields.map(\.code) == ["not_a_tag"])
        }
    }

    @Test func `a record of CSV is a membership`() throws {
        let cells = ["tag": "cats", "shopper_id": "h1", "is_member": "0"]
        let object = CSVColumn.object(TagMembership.csvColumns) { cells[$0] }

        #expect(
            try Fields.read(object) { TagMembership($0) }
                == TagMembership(tag: try #require(TagName("cats")), shopper: "h1", isMember: false))
    }
}
